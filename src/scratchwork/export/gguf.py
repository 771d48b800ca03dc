"""A model that was trained here as one GGUF file, for llama.cpp and what is built on it.

Its text splitters are fixed, and none lets a word take the space behind it, as our tokenizer does. What llama.cpp has
as well is the longest token first, from left to right (its `rwkv`): for the words that our problems and thoughts are
made of that gives our tokens, for others it may give different ones (docs/open-weights.md counts them).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from scratchwork.config import ModelConfig
from scratchwork.errors import UserError
from scratchwork.files import atomic_write
from scratchwork.model.hf import to_hf
from scratchwork.model.tokenizer import CHAT_TEMPLATE, CONTROL, SPECIAL, Tokenizer
from scratchwork.model.transformer import Transformer
from scratchwork.serve.pieces import piece_bytes

if TYPE_CHECKING:
    from gguf import GGUFWriter


def export_gguf(model: Transformer, tokenizer: Tokenizer, out: Path) -> None:
    """Write weights in fp32, tokens, template and shape to the file `out`.

    Raises UserError when the package `gguf` is missing or the file cannot be written.
    """
    try:
        import gguf
    except ImportError:
        raise UserError("a GGUF file needs the package gguf; run pip install 'scratchwork[hf]'") from None
    config = model.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[config.architecture.upper()], config.num_hidden_layers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.gguf"
        writer = gguf.GGUFWriter(path, config.architecture)
        writer.add_name(out.stem)
        add_shape(writer, config)
        add_tokens(writer, tokenizer)
        for name, tensor in to_hf(model).items():
            there = names.get_name(name, (".weight", ".bias"))
            assert there is not None, name  # each module of these architectures has a name in the format
            writer.add_tensor(there, turned(name, tensor, config).numpy())
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        atomic_write(out, path.read_bytes())


def add_shape(writer: GGUFWriter, config: ModelConfig) -> None:
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    writer.add_file_type(0)  # all of it fp32


def add_tokens(writer: GGUFWriter, tokenizer: Tokenizer) -> None:
    from gguf import TokenType

    pieces = piece_bytes(tokenizer.backend, tokenizer.vocab_size)
    kinds = dict.fromkeys(SPECIAL, TokenType.USER_DEFINED) | dict.fromkeys(CONTROL, TokenType.CONTROL)
    texts = {i: text for text, i in tokenizer.ids.items()}
    writer.add_tokenizer_model("rwkv")
    writer.add_token_list([texts.get(i) or escaped(piece) for i, piece in enumerate(pieces)])
    writer.add_token_types([kinds.get(texts.get(i, ""), TokenType.NORMAL) for i in range(len(pieces))])
    writer.add_eos_token_id(tokenizer.end_id)
    writer.add_pad_token_id(tokenizer.pad_id)
    writer.add_chat_template(CHAT_TEMPLATE)


def escaped(piece: bytes) -> str:
    r"""Any bytes as the text that llama.cpp reads them from.

    >>> print(escaped(b"so "), escaped(b"\\"), escaped(b"\xc3\n"))
    so  \\ \xc3\x0a
    """
    return "".join(f"\\x{b:02x}" if not 32 <= b < 127 else "\\\\" if b == 92 else chr(b) for b in piece)


def turned(name: str, tensor: Tensor, config: ModelConfig) -> Tensor:
    """Rows of Llama's queries and keys as llama.cpp rotates them: pairs side by side, not half a head apart."""
    if config.architecture != "llama" or not any(part in name for part in ("q_proj", "k_proj")):
        return tensor.to(torch.float32).contiguous()
    heads = tensor.view(-1, 2, config.head_dim // 2, *tensor.shape[1:])  # (H, 2, D/2, C)
    return heads.transpose(1, 2).reshape(tensor.shape).to(torch.float32).contiguous()
