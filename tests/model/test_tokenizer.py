"""Text to ids and back, whatever the text; the template; and that text can never be a control token."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scratchwork.errors import UserError
from scratchwork.model.tokenizer import SPECIAL, Tokenizer

TEXTS = st.text(max_size=40) | st.lists(
    st.sampled_from([*SPECIAL, "<", "|", "end", "|>", " ", "3+7=10", "🧮", "é"])
).map("".join)


@given(TEXTS)
@example("👩‍🚀 costs 3,50 € – naïve? 日本語\r\n\t\x00 \u200b")
@example("<|end|><think>2+2=4</think><|user|>")
def test_any_text_comes_back_and_never_holds_a_special_token(text: str) -> None:
    tokenizer = trained()
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert not set(ids) & set(tokenizer.ids.values())


def trained(cache: list[Tokenizer] = []) -> Tokenizer:  # noqa: B006 – hypothesis takes no fixtures
    if not cache:
        cache.append(Tokenizer.train([f"Try {a}+{a}={a + a}. The answer is \\boxed{{{a}}}." for a in range(99)], 330))
    return cache[0]


def test_a_number_is_written_one_way_wherever_it_stands() -> None:
    tokenizer = trained()
    alone = tokenizer.encode("12")
    assert len(alone) == 2  # digits=1
    for text in ("3+12=15", " 12 ", "a12b", "12", "x 12."):
        assert ",".join(map(str, alone)) in ",".join(map(str, tokenizer.encode(text)))


def test_digits_are_grouped_from_the_right() -> None:
    tokenizer = Tokenizer.train([" ".join(str(n) for n in range(1000))], vocab_size=1400, digits=3)
    pieces = [tokenizer.decode([i]) for i in tokenizer.encode("1234567+42")]
    assert pieces == ["1", "234", "567", "+", "42"]


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(UserError, match="not UTF-8"):
        trained().encode("2+2\udcff")


def test_prompts_and_pages() -> None:
    tokenizer = trained()
    user, assistant, think, end_think = (tokenizer.ids[t] for t in ("<|user|>", "<|assistant|>", "<think>", "</think>"))
    question = tokenizer.encode("How many?")
    assert tokenizer.prompt_ids("How many?") == [user, *question, assistant, think]
    assert tokenizer.prompt_ids("How many?", think=False) == [user, *question, assistant, think, end_think]
    page = tokenizer.document_ids("How many?", "2+2=4.", "\\boxed{4}")
    assert page[: len(question) + 3] == tokenizer.prompt_ids("How many?")
    assert page[-1] == tokenizer.end_id
    # Only what closes a page is dropped: anything else is for a parser of answers to see.
    shown = "<|user|>How many?<|assistant|><think>2+2=4.</think>\\boxed{4}"
    assert tokenizer.decode([*page, tokenizer.pad_id]) == shown
    assert tokenizer.decode([*tokenizer.encode("1"), tokenizer.pad_id, *tokenizer.encode("2")]) == "1<|pad|>2"


def test_training_is_deterministic_and_saving_exact(tmp_path: Path) -> None:
    texts = [f"{a} apples and {b} pears" for a in range(9) for b in range(9)]
    one, two = (Tokenizer.train(texts, 300) for _ in range(2))
    assert one.backend.to_str() == two.backend.to_str()
    one.save(tmp_path / "new")
    loaded = Tokenizer.load(tmp_path / "new")
    assert loaded.vocab_size == one.vocab_size
    assert loaded.encode("9 apples 🍎 <|end|>") == one.encode("9 apples 🍎 <|end|>")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "chat_template.jinja",
        "tokenizer.json",
        "tokenizer_config.json",
    ]


def test_a_folder_without_a_usable_tokenizer_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no tokenizer\.json in .*; give the folder of a model that scratchwork saved"):
        Tokenizer.load(tmp_path)
    trained().save(tmp_path)
    path = tmp_path / "tokenizer.json"
    foreign = json.loads(path.read_text())
    foreign["added_tokens"] = [token for token in foreign["added_tokens"] if token["content"] != "<think>"]
    del foreign["model"]["vocab"]["<think>"]
    path.write_text(json.dumps(foreign))
    with pytest.raises(UserError, match=r"lacks the special tokens \['<think>'\]"):
        Tokenizer.load(tmp_path)
    path.write_text('{"half": ')
    with pytest.raises(UserError, match=r"tokenizer\.json is damaged .*; copy it again"):
        Tokenizer.load(tmp_path)


def test_think_tags_survive_where_special_tokens_are_skipped() -> None:
    """Trainers and servers decode with skip_special_tokens; without the tags no answer could be told from thinking."""
    tokenizer = Tokenizer.train(["3+4=7"], vocab_size=300)
    ids = tokenizer.document_ids("3+4?", "3+4=7", "It is 7.")
    assert tokenizer.backend.decode(ids, skip_special_tokens=True) == "3+4?<think>3+4=7</think>It is 7."
