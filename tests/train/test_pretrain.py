"""The supervised loop: it learns, it continues exactly, and micro-batches change nothing."""

import math

import pytest
import torch

from scratchwork.config import PretrainConfig, SftConfig
from scratchwork.errors import UserError
from scratchwork.objective.supervised import supervised_loss
from scratchwork.tasks.base import ProblemSource, Share
from scratchwork.train import pretrain
from scratchwork.train.documents import answer_pages
from scratchwork.train.optim import Optimizer
from scratchwork.train.packing import Packer
from scratchwork.train.session import Diverged, Progress

SETTINGS = dict(
    sequence_length=64, batch_tokens=512, optimizer="adamw", lr=3e-3, embed_lr=3e-3, precision="fp32", cooldown=0.0
)


def pages(tokenizer):
    def encode(index):
        ids = tokenizer.document_ids(f"Say {index % 10}.", "", f"The answer is \\boxed{{{index % 10}}}.")
        return ids, [1] * len(ids)

    return Packer(encode, 64, tokenizer.pad_id)


def run(tokenizer, model, session, steps=30, start=None, optimizer=None, **settings):
    config = PretrainConfig(**{**SETTINGS, "tokens": 512 * steps, **settings})
    optimizer = optimizer or Optimizer(model, config.optimizer, config.lr, config.embed_lr, 0.0)
    return pretrain.supervised_loop(model, optimizer, pages(tokenizer), config, session, start or Progress())


def test_it_learns(tokenizer, tiny_model, recorder):
    session = recorder()
    run(tokenizer, tiny_model(), session)
    losses = [line["loss"] for _, line in session.lines]
    assert [step for step, _ in session.lines] == list(range(1, 31))
    assert losses[0] == pytest.approx(math.log(tokenizer.vocab_size), rel=0.05)
    assert losses[-1] < 0.6 * losses[0]


def test_the_rate_follows_the_schedule(tokenizer, tiny_model, recorder):
    model = tiny_model()
    optimizer = Optimizer(model, "adamw", 3e-3, 3e-3, 0.0)
    session = recorder()
    run(tokenizer, model, session, steps=4, warmup=0.0, cooldown=1.0, optimizer=optimizer)
    assert session.lines[-1][1]["learning_rate"] == pytest.approx(3e-3 / 4)
    assert [part.param_groups[0]["lr"] for part in optimizer.parts] == pytest.approx([3e-3 / 4] * 2)


def test_stopped_and_continued_equals_uninterrupted(tokenizer, tiny_model, recorder):
    whole = tiny_model()
    session = recorder()
    run(tokenizer, whole, session, steps=8)

    halves = tiny_model()
    optimizer = Optimizer(halves, "adamw", 3e-3, 3e-3, 0.0)
    first, second = recorder(stop_after=4), recorder()
    progress = run(tokenizer, halves, first, steps=8, optimizer=optimizer)
    assert progress.step == 4
    run(tokenizer, halves, second, steps=8, start=progress, optimizer=optimizer)

    def losses(*sessions):
        return [(step, line["loss"]) for s in sessions for step, line in s.lines]

    assert losses(first, second) == losses(session)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), halves.parameters(), strict=True))


def test_micro_batches_only_add_up(tokenizer, tiny_model, monkeypatch):
    ids, mask = pages(tokenizer).rows(8)
    grads = []
    for size in (64, 512):
        monkeypatch.setattr(pretrain, "TOKENS_PER_MICROBATCH", size)
        model = tiny_model()
        loss = pretrain.accumulate(model, ids, mask, "fp32")
        assert loss == pytest.approx(supervised_loss(model(ids), ids, mask, int(mask.sum())).item(), rel=1e-5)
        grads.append([p.grad for p in model.parameters()])
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_divergence_stops_before_the_weights_are_touched(tokenizer, tiny_model, recorder):
    model = tiny_model()
    with torch.no_grad():
        model.embed.weight[5] = float("nan")
    before = [p.clone() for p in model.layers.parameters()]
    session = recorder()
    with pytest.raises(Diverged, match="lower lr"):
        run(tokenizer, model, session)
    [(why, rows)] = session.failures
    assert "nan" in why and rows.shape == (8, 64)
    assert all(torch.equal(a, b) for a, b in zip(before, model.layers.parameters(), strict=True))


def test_a_gradient_beyond_the_limit_stops_too(tokenizer, tiny_model, recorder):
    with pytest.raises(Diverged, match="above max_grad_norm_stop"):
        run(tokenizer, tiny_model(), recorder(), max_grad_norm_stop=1e-6)


def test_fine_tuning_learns_the_answer_alone(tokenizer, digits):
    source = ProblemSource([Share(digits, (1,))], seed=0)
    packer = answer_pages(source, tokenizer, SftConfig(sequence_length=64, batch_tokens=64))
    ids, mask = packer.encode(0)
    answer = [i for i, m in zip(ids, mask, strict=True) if m]
    assert tokenizer.decode(answer) == f"The answer is \\boxed{{{source[0].answer}}}."
    assert answer[-1] == tokenizer.end_id
    assert ids[: len(ids) - len(answer)] == tokenizer.prompt_ids(source[0].prompt, think=False)


@pytest.mark.slow  # it compiles
def test_compiled_learns_the_same(tokenizer, tiny_model, recorder):
    eager, fast = recorder(), recorder()
    run(tokenizer, tiny_model(), eager, steps=3)
    try:
        run(tokenizer, tiny_model(), fast, steps=3, compile=True)
    except UserError as error:
        pytest.skip(str(error))
    assert [line["loss"] for _, line in fast.lines] == pytest.approx(
        [line["loss"] for _, line in eager.lines], rel=1e-3
    )


def test_a_machine_that_cannot_compile_is_told_so(tokenizer, tiny_model, recorder, monkeypatch, tmp_path):
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", (None, str(tmp_path / "no-compiler")))
    monkeypatch.setattr("torch._inductor.config.force_disable_caches", True)
    torch.compiler.reset()  # what was compiled before would be used again
    with pytest.raises(UserError, match="C\\+\\+ compiler or set compile to false"):
        run(tokenizer, tiny_model(), recorder(), steps=1, compile=True)
