"""A byte-level BPE tokenizer with the chat template's six special tokens, on Hugging Face `tokenizers`.

How digits split is the choice that matters for sums (measured in docs/details.md). `digits=1`: every digit is a token.
`digits=n`: runs of up to n digits, counted from the right as in 1|234, may merge into one token.
Words take a space on either side into their token, numbers never do: so one number has one way to be written, and
`3+10=13` means the same tokens wherever it stands.

Text from outside is encoded without the special tokens: `<|end|>` in a question is seven characters, not a control.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Regex, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as BackendTokenizer

from scratchwork.errors import UserError
from scratchwork.files import atomic_write

PAD, END, USER, ASSISTANT, THINK, END_THINK = "<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<think>", "</think>"
CONTROL = (PAD, END, USER, ASSISTANT)  # never shown
SPECIAL = (*CONTROL, THINK, END_THINK)
CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{%- if message.role == 'user' -%}<|user|>{{ message.content }}"
    "{%- elif message.role == 'assistant' -%}"
    "<|assistant|><think></think>{{ message.content.split('</think>')[-1] }}<|end|>"
    "{%- else -%}{{ raise_exception('a message is from the user or the assistant, not ' + message.role) }}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|assistant|><think>"
    "{%- if enable_thinking is defined and not enable_thinking -%}</think>{%- endif -%}"
    "{%- endif -%}"
)


def word_pattern(digits: int) -> str:
    """The regular expression that cuts text into the pieces within which merges may happen."""
    number = r"\p{N}" if digits == 1 else rf"\p{{N}}{{1,{digits}}}(?=(?:\p{{N}}{{{digits}}})*(?!\p{{N}}))"
    return rf"{number}| ?\p{{L}}+ ?|[^\s\p{{L}}\p{{N}}]+ ?|\s+"


class Tokenizer:
    """Text to ids and back."""

    def __init__(self, backend: BackendTokenizer) -> None:
        found = {token: backend.token_to_id(token) for token in SPECIAL}
        self.ids = {token: i for token, i in found.items() if i is not None}
        missing = [token for token in SPECIAL if token not in self.ids]
        if missing:
            raise UserError(f"this tokenizer lacks the special tokens {missing}; use one that scratchwork saved")
        self.backend = backend
        self.text_backend = without_added_tokens(backend)

    @classmethod
    def train(cls, texts: Iterable[str], vocab_size: int, digits: int = 1) -> Tokenizer:
        """Learn merges from `texts`. Deterministic in the texts and their order."""
        backend = BackendTokenizer(models.BPE())
        split = pre_tokenizers.Split(Regex(word_pattern(digits)), "isolated")
        byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        backend.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
        backend.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size,
            special_tokens=[AddedToken(token, special=token in CONTROL, normalized=False) for token in SPECIAL],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        backend.train_from_iterator(texts, trainer)
        # The trainer makes all of them special, whatever it is told; the think tags must survive skip_special_tokens.
        backend.add_tokens([AddedToken(token, special=False, normalized=False) for token in (THINK, END_THINK)])
        return cls(BackendTokenizer.from_str(backend.to_str()))  # read anew: a flag once set stays in force till then

    @property
    def vocab_size(self) -> int:
        return self.backend.get_vocab_size()

    @property
    def end_id(self) -> int:
        return self.ids[END]

    @property
    def pad_id(self) -> int:
        return self.ids[PAD]

    def encode(self, text: str) -> list[int]:
        """Ids of plain text; a special token's name in it is ordinary text.

        Raises UserError for what is no Unicode: bytes of a terminal or file that are not UTF-8 arrive as surrogates.
        """
        if any("\ud800" <= c <= "\udfff" for c in text):
            raise UserError("the text holds bytes that are not UTF-8; correct them")
        return self.text_backend.encode(text, add_special_tokens=False).ids

    def decode(self, ids: Iterable[int]) -> str:
        """Text of ids, without the end and the padding that they close with.

        A control token anywhere else shows by its name: `1<|pad|>2` must not be read as 12.
        """
        kept = list(ids)
        while kept and kept[-1] in (self.end_id, self.pad_id):
            kept.pop()
        return self.backend.decode(kept, skip_special_tokens=False)

    def prompt_ids(self, question: str, think: bool = True) -> list[int]:
        """The prompt that opens the thinking block, or with `think` False an empty, closed one."""
        ids = [self.ids[USER], *self.encode(question), self.ids[ASSISTANT], self.ids[THINK]]
        return ids if think else [*ids, self.ids[END_THINK]]

    def document_ids(self, question: str, thinking: str, answer: str) -> list[int]:
        """A whole page: question, thinking, answer, end."""
        body = [*self.encode(thinking), self.ids[END_THINK], *self.encode(answer), self.end_id]
        return [*self.prompt_ids(question), *body]

    def plain_ids(self, text: str) -> list[int]:
        """A page of plain text."""
        return [*self.encode(text), self.end_id]

    def save(self, folder: Path) -> None:
        """`tokenizer.json`, `tokenizer_config.json` and the chat template, as `transformers` reads them."""
        config = {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "pad_token": PAD,
            "eos_token": END,
            "clean_up_tokenization_spaces": False,
            "model_max_length": 1_000_000,
            "chat_template": CHAT_TEMPLATE,
        }
        atomic_write(folder / "tokenizer.json", self.backend.to_str(pretty=True).encode())
        atomic_write(folder / "tokenizer_config.json", (json.dumps(config, indent=2) + "\n").encode())
        atomic_write(folder / "chat_template.jinja", CHAT_TEMPLATE.encode())

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Raises UserError when the folder has no tokenizer that this class can use."""
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise UserError(f"no tokenizer.json in {folder}; give the folder of a model that scratchwork saved")
        try:
            backend = BackendTokenizer.from_file(str(path))
        except Exception as error:  # the backend raises no narrower one
            raise UserError(f"{path} is damaged ({error}); copy it again") from error
        return cls(backend)


def without_added_tokens(backend: BackendTokenizer) -> BackendTokenizer:
    """The same merges, deaf to the special tokens' names."""
    spec = json.loads(backend.to_str())
    spec["added_tokens"] = []
    return BackendTokenizer.from_str(json.dumps(spec))
