import pytest
import torch

from scratchwork.train.optim import Optimizer, split_parameters, trapezoid


def test_every_parameter_is_in_one_part(tiny_model):
    model = tiny_model()
    matrices, rest = split_parameters(model)
    assert {id(p) for p in matrices} | {id(p) for p in rest} == {id(p) for p in model.parameters()}
    assert not {id(p) for p in matrices} & {id(p) for p in rest}
    assert all(p.dim() == 2 for p in matrices)
    assert any(p is model.embed.weight for p in rest)


@pytest.mark.parametrize("kind", ["muon", "adamw"])
def test_a_step_goes_down_the_gradient(tiny_model, kind):
    model = tiny_model()
    optimizer = Optimizer(model, kind, 1e-3, 1e-3, 0.0)
    ids = torch.arange(20)[None]

    def loss():
        return torch.nn.functional.cross_entropy(model(ids)[0, :-1], ids[0, 1:])

    before = loss()
    before.backward()
    optimizer.step()
    assert loss() < before
    assert all(p.grad is None for p in model.parameters())


def test_clip_scales_to_the_limit_and_tells_the_norm_before(tiny_model):
    model = tiny_model()
    optimizer = Optimizer(model, "adamw", 1e-3, 1e-3, 0.0)
    for p in model.parameters():
        p.grad = torch.ones_like(p)
    count = sum(p.numel() for p in model.parameters())
    assert optimizer.clip(2.0) == pytest.approx(count**0.5, rel=1e-5)
    total = sum(p.grad.square().sum() for p in model.parameters())
    assert float(total) ** 0.5 == pytest.approx(2.0, rel=1e-4)


def test_no_limit_leaves_gradients_alone(tiny_model):
    model = tiny_model()
    optimizer = Optimizer(model, "adamw", 1e-3, 1e-3, 0.0)
    for p in model.parameters():
        p.grad = torch.full_like(p, 3.0)
    optimizer.clip(0)
    assert all((p.grad == 3.0).all() for p in model.parameters())


def test_factor_scales_both_rates(tiny_model):
    model = tiny_model()
    optimizer = Optimizer(model, "adamw", 1e-3, 2e-3, 0.0)
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    optimizer.step(0.5)
    assert [g["lr"] for part in optimizer.parts for g in part.param_groups] == [5e-4, 1e-3]


def test_trapezoid_without_warmup_or_cooldown_is_flat():
    assert [trapezoid(s, 5, 0.0, 0.0) for s in range(5)] == [1.0] * 5
