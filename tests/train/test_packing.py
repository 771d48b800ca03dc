"""Whole documents in rows, next to no padding, and a stream that can be continued."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratchwork.train.packing import Packer


def packer(lengths=(5, 40), row=128, seed=0):
    def encode(index):
        n = random.Random(f"{seed}/{index}").randint(*lengths)
        ids = [1000 + index] * n
        return ids, [0] + [1] * (n - 1)

    return Packer(encode, row, pad_id=0)


def documents(ids):
    """The runs of equal non-zero ids: what stood together."""
    runs = []
    for token in ids:
        if runs and runs[-1][0] == token:
            runs[-1][1] += 1
        elif token:
            runs.append([token, 1])
    return runs


def test_no_document_is_cut_lost_or_repeated():
    p = packer()
    ids, mask = p.rows(50)
    assert ids.shape == mask.shape == (50, 128)
    seen = [run for row in ids.tolist() for run in documents(row)]
    waiting = {pair[0][0] for pair in p.pool}
    assert len({token for token, _ in seen}) == len(seen)
    assert {token for token, _ in seen} | waiting == {1000 + i for i in range(p.position)}
    for token, n in seen:
        assert n == len(p.encode(token - 1000)[0])


def test_masks_travel_with_their_documents_and_padding_is_never_learnt():
    ids, mask = packer().rows(20)
    assert not mask[ids == 0].any()
    for row, own in zip(ids.tolist(), mask.tolist(), strict=True):
        for i, token in enumerate(row):
            first = i == 0 or row[i - 1] != token
            assert own[i] == (token != 0 and not first)


def test_the_first_document_of_a_row_is_not_chosen_by_its_length():
    """Else a model learns that what starts a row, as every prompt does, is short."""
    p = packer(lengths=(2, 60), row=128)
    ids, _ = p.rows(400)
    firsts = [documents(row)[0][1] for row in ids.tolist()]
    assert abs(sum(firsts) / len(firsts) - 31) < 3


def test_padding_is_small():
    ids, _ = packer().rows(200)
    assert (ids == 0).float().mean() < 0.05


@given(st.integers(0, 6))
def test_restored_stream_equals_uninterrupted(rows_before):
    whole, first = packer(), packer()
    for _ in range(rows_before):
        whole.row()
        first.row()
    second = packer()
    second.restore(first.state())
    assert [second.row() for _ in range(5)] == [whole.row() for _ in range(5)]


def test_documents_longer_than_a_row_are_counted_and_left_out():
    p = packer(lengths=(60, 70), row=64)
    ids, _ = p.rows(10)
    assert p.too_long > 0
    assert all(n <= 64 for row in ids.tolist() for _, n in documents(row))


def test_a_world_of_documents_that_never_fit_is_refused():
    with pytest.raises(ValueError, match="sequence_length"):
        packer(lengths=(65, 70), row=64).rows(1)
