"""One decoder for the Llama family: Llama, SmolLM2, Qwen2 and Qwen3.

Pre-norm blocks of grouped-query attention with rotary positions and a SwiGLU MLP; `architecture` adds what tells the
families apart: biases on q, k and v (qwen2), RMSNorm on each head's q and k (qwen3). The training pass and the cached
decode share every weight; in fp32 on a CPU attention, norms and SwiGLU go by kernels (`native/functions.py`).

Left out: dropout, sliding windows, rope scaling, attention masks. Training batches are padded on the right, where
causal attention needs no mask: no real token can see a pad. q, k, v and the MLP's two inputs are fused matrices;
`hf.py` splits them into Hugging Face's names.

Sizes: B rows, T tokens, C hidden_size, H heads, H_kv key-value heads, D head_dim, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from scratchwork.config import ModelConfig
from scratchwork.model.cache import KVCache, blocks
from scratchwork.native import functions

Masks = list[tuple[slice, Tensor]]  # of neighbouring rows: what is added to their scores, (b, 1, 1, S)


def rope_table(config: ModelConfig) -> tuple[Tensor, Tensor]:
    """Cosines and sines of every position, (S, D) each, in halves as Hugging Face lays them out (RoFormer).

    The first half of the sines is negative: `rotate` then needs no negation, on which it would spend a pass of its own.
    """
    exponents = torch.arange(0, config.head_dim, 2, dtype=torch.float32) / config.head_dim  # (D/2,)
    frequencies = config.rope_theta**-exponents  # (D/2,)
    angles = torch.outer(torch.arange(config.max_position_embeddings, dtype=torch.float32), frequencies)  # (S, D/2)
    cos, sin = angles.cos(), angles.sin()  # (S, D/2)
    return torch.cat((cos, cos), dim=-1), torch.cat((-sin, sin), dim=-1)  # (S, D)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary positions on x (B, H, T, D) with cos and sin broadcastable to it."""
    return torch.addcmul(x * cos, x.roll(x.shape[-1] // 2, dims=-1), sin)  # (B, H, T, D)


class Norm(nn.RMSNorm):
    """RMSNorm in its weight's precision: under autocast heads arrive in bf16, too coarse for a sum of squares."""

    def forward(self, x: Tensor) -> Tensor:
        x = x.to(self.weight.dtype)
        if self.eps is not None and functions.runs(x, x.shape[-1]):
            return functions.rms_norm(x, self.weight, self.eps)
        return super().forward(x)


class Attention(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.head_dim, self.eps = config.head_dim, config.rms_norm_eps
        width = (self.heads + 2 * self.kv_heads) * self.head_dim
        self.qkv_proj = nn.Linear(config.hidden_size, width, bias=config.architecture == "qwen2")
        self.o_proj = nn.Linear(self.heads * self.head_dim, config.hidden_size, bias=False)
        normed = config.architecture == "qwen3"
        self.q_norm = Norm(self.head_dim, self.eps) if normed else nn.Identity()
        self.k_norm = Norm(self.head_dim, self.eps) if normed else nn.Identity()

    def project(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Rotated queries (B, H, T, D), rotated keys and values (B, H_kv, T, D)."""
        B, T, _ = x.shape
        qkv = self.qkv_proj(x).view(B, T, -1, self.head_dim).transpose(1, 2)  # (B, H + 2 H_kv, T, D)
        q, k, v = qkv.split((self.heads, self.kv_heads, self.kv_heads), dim=1)
        return rotate(self.q_norm(q), cos, sin), rotate(self.k_norm(k), cos, sin), v

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Causal attention over x (B, T, C), to (B, T, C)."""
        if not functions.runs(x, self.head_dim):
            return self.read(x, cos, sin)[0]
        qkv = self.qkv_proj(x).float()  # (B, T, (H + 2 H_kv) D)
        norms = [norm.weight for norm in (self.q_norm, self.k_norm) if isinstance(norm, Norm)]
        return self.o_proj(functions.attention(qkv, norms, self.eps, cos, sin, self.heads, self.kv_heads))

    def read(self, x: Tensor, cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """`forward`, with the keys and values that it used."""
        q, k, v = self.project(x, cos, sin)
        with torch.autocast(x.device.type, enabled=False):  # the backward pass in bf16 is the slower one on a CPU
            q, k, v = q.float(), k.float(), v.float()
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=self.heads != self.kv_heads)
        return self.o_proj(out.to(x.dtype).transpose(1, 2).flatten(2)), k, v

    def decode(
        self, x: Tensor, cos: Tensor, sin: Tensor, cache: KVCache, layer: int, at: Tensor, masks: Masks
    ) -> Tensor:
        """One new token for each of B rows: x (B, 1, C), its places `at` in the cache, masks by blocks of rows."""
        B = len(x)
        q, k, v = self.project(x, cos, sin)
        cache.write(layer, at, k, v)
        q = q.view(B, self.kv_heads, -1, self.head_dim)  # (B, H_kv, H/H_kv, D): heads that share keys read them once
        parts = []
        for rows, mask in masks:
            keys, values = cache.read(layer, rows, mask.shape[-1])  # (b, H_kv, S, D)
            parts.append(F.scaled_dot_product_attention(q[rows], keys, values, attn_mask=mask))  # (b, H_kv, H/H_kv, D)
        return self.o_proj(torch.cat(parts).reshape(B, 1, -1))  # (B, 1, C)


class Block(nn.Module):
    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.input_norm = Norm(config.hidden_size, config.rms_norm_eps)
        self.attention = Attention(config)
        self.post_norm = Norm(config.hidden_size, config.rms_norm_eps)
        self.gate_up_proj = nn.Linear(config.hidden_size, 2 * config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def mlp(self, x: Tensor) -> Tensor:
        gate_up = self.gate_up_proj(self.post_norm(x))  # (B, T, 2 I)
        if functions.runs(gate_up, gate_up.shape[-1] // 2):
            return self.down_proj(functions.swiglu(gate_up))  # (B, T, C)
        gate, up = gate_up.chunk(2, dim=-1)  # (B, T, I)
        return self.down_proj(F.silu(gate) * up)  # (B, T, C)


class Transformer(nn.Module):
    """`model(ids)`: ids (B, T) to logits (B, T, V)."""

    cos: Tensor
    sin: Tensor
    layers: Sequence[Block]

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Block(config) for _ in range(config.num_hidden_layers))  # type: ignore[assignment]
        self.norm = Norm(config.hidden_size, config.rms_norm_eps)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        if config.tie_word_embeddings:
            self.lm_head.weight = self.embed.weight
        cos, sin = rope_table(config)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def init_weights(self, generator: torch.Generator) -> None:
        """Normal with deviation 0.02; the layers that write to the residual stream scaled down by depth (GPT-2)."""
        for name, p in self.named_parameters():
            if p.dim() < 2:
                nn.init.zeros_(p) if name.endswith("bias") else nn.init.ones_(p)
                continue
            writes = name.endswith(("o_proj.weight", "down_proj.weight"))
            depth = (2 * self.config.num_hidden_layers) ** -0.5 if writes else 1.0
            nn.init.normal_(p, std=0.02 * depth, generator=generator)

    def hidden_states(self, ids: Tensor, cache: KVCache | None = None) -> Tensor:
        """The final normed states (B, T, C); with a cache, its first T positions of B rows are filled on the way."""
        T = ids.shape[1]
        cos, sin = self.cos[:T], self.sin[:T]  # (T, D)
        x = self.embed(ids)  # (B, T, C)
        for i, block in enumerate(self.layers):
            if cache is None:
                attended = block.attention(block.input_norm(x), cos, sin)  # (B, T, C)
            else:
                attended, keys, values = block.attention.read(block.input_norm(x), cos, sin)
                cache.keys[i, :, :, :T], cache.values[i, :, :, :T] = keys, values
            x = x + attended
            x = x + block.mlp(x)
        return self.norm(x)

    def forward(self, ids: Tensor) -> Tensor:
        return self.lm_head(self.hidden_states(ids))  # (B, T, V)

    def decode(self, ids: Tensor, cache: KVCache, positions: Tensor) -> Tensor:
        """Logits (B, V) after one more token in each of the cache's first B rows: ids (B,), positions (B,)."""
        cos, sin = self.cos[positions][:, None, None], self.sin[positions][:, None, None]  # (B, 1, 1, D)
        masks: Masks = []
        for rows, S in blocks(positions):
            later = torch.arange(S, device=ids.device) > positions[rows, None]  # (b, S)
            masks.append((rows, torch.where(later, float("-inf"), 0.0)[:, None, None]))  # (b, 1, 1, S)
        at = cache.places(positions)  # (B * H_kv,)
        x = self.embed(ids)[:, None]  # (B, 1, C)
        for i, block in enumerate(self.layers):
            x = x + block.attention.decode(block.input_norm(x), cos, sin, cache, i, at, masks)
            x = x + block.mlp(x)
        return self.lm_head(self.norm(x))[:, 0]  # (B, V)
