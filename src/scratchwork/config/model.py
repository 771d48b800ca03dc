"""The tables of the model: its shape, and how text becomes its tokens."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from scratchwork.config.section import Architecture, Section


class ModelConfig(Section):
    """[model] The shape of a decoder, in Hugging Face's words."""

    architecture: Architecture = Field("llama", description="qwen2 adds qkv biases, qwen3 adds qk-norm")
    vocab_size: PositiveInt = Field(1024, description="tokens, the special ones included")
    hidden_size: PositiveInt = Field(192, description="width of the residual stream")
    intermediate_size: PositiveInt = Field(512, description="width inside the MLP")
    num_hidden_layers: PositiveInt = Field(6, description="decoder blocks")
    num_attention_heads: PositiveInt = Field(6, description="query heads")
    num_key_value_heads: PositiveInt = Field(2, description="key and value heads; must divide the query heads")
    head_dim: PositiveInt = Field(
        default_factory=lambda data: data["hidden_size"] // data["num_attention_heads"],
        description="width of a head, even; hidden_size / num_attention_heads when not given",
    )
    max_position_embeddings: PositiveInt = Field(1024, description="longest sequence, prompt and answer together")
    rope_theta: PositiveFloat = Field(10_000.0, description="base of the rotary frequencies")
    rms_norm_eps: PositiveFloat = Field(1e-6, description="added to the mean square before the root")
    tie_word_embeddings: bool = Field(True, description="the output layer reuses the embedding matrix")

    @model_validator(mode="after")
    def _shapes_fit(self) -> ModelConfig:
        if self.num_attention_heads % self.num_key_value_heads:
            raise ValueError(
                f"num_key_value_heads is {self.num_key_value_heads}; "
                f"it must divide num_attention_heads, which is {self.num_attention_heads}"
            )
        if self.head_dim % 2:
            raise ValueError(f"head_dim is {self.head_dim}; rotary embeddings need an even number")
        return self


class TokenizerConfig(Section):
    """[tokenizer] How text is cut into tokens; `model.vocab_size` says into how many different ones."""

    digits: Annotated[int, Field(ge=1, le=4)] = Field(1, description="most digits in a token, counted from the right")
