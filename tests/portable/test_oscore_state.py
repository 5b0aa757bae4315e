"""What keeps a number from being used twice, on either side."""

from protocols.oscore.client_state import ClientState
from protocols.oscore.replay import SIZE, ReplayWindow, starting_at
from protocols.oscore.sequence import LIMIT, STEP, ExhaustedError, SenderSequence
from tests.portable.check import raises
from tests.portable.oscore_bench import Memory


def test_numbers_are_stored_in_steps_before_they_are_used():
    stored = []
    sequence = SenderSequence(stored.append)
    for number in range(3 * STEP):
        assert sequence.take() == number
        assert stored[-1] > number
    assert stored == [STEP, 2 * STEP, 3 * STEP]


def test_after_a_crash_no_number_comes_again():
    stored = [0]
    used = []
    for lifetime in (1, STEP - 1, STEP, STEP + 1, 5, 1):
        sequence = SenderSequence(stored.append, stored[-1], stored[-1])
        used += [sequence.take() for _ in range(lifetime)]
    assert used == sorted(set(used))


def test_a_number_is_not_used_when_it_cannot_be_stored():
    def broken(limit):
        raise OSError

    sequence = SenderSequence(broken)
    raises(OSError, sequence.take)
    raises(OSError, sequence.take)
    assert sequence.next == 0


def test_numbers_end():
    sequence = SenderSequence(lambda limit: None, LIMIT - 1, LIMIT - 1)
    assert sequence.take() == LIMIT - 1
    raises(ExhaustedError, sequence.take)


def test_a_context_goes_on_after_deep_sleep_number_by_number():
    flash, witness = Memory(), Memory()
    assert ClientState(flash, witness).id_context is None
    state = ClientState(flash, witness)
    state.begin(b"id context")
    taken = []
    for _ in range(STEP + 10):
        taken.append(state.take())
        state = ClientState(flash, witness)
        assert state.id_context == b"id context"
    assert taken == list(range(STEP + 10))
    assert flash.written == 2


def memories(messages):
    flash, witness = Memory(), Memory()
    state = ClientState(flash, witness)
    state.begin(b"id context")
    for _ in range(messages):
        state.take()
    return flash, witness


def test_no_context_without_both_memories():
    flash, witness = memories(3)
    assert ClientState(flash, Memory()).id_context is None
    assert ClientState(Memory(), witness).id_context is None
    assert ClientState(flash, witness).id_context == b"id context"


def test_no_context_from_an_old_image_of_the_flash():
    old_flash, _ = memories(3)
    _, witness = memories(STEP + 3)
    assert ClientState(old_flash, witness).id_context is None


def test_no_context_from_a_write_that_was_cut_off():
    flash, witness = memories(STEP)
    before = flash.content
    state = ClientState(flash, witness)
    state._reserve(2 * STEP)  # and power fails, or the watchdog bites, before the witness is told
    assert flash.content != before
    assert ClientState(flash, witness).id_context is None


def test_every_bit_of_the_witness_counts():
    flash, witness = memories(3)
    good = witness.content
    for at in range(len(good) * 8):
        noisy = bytearray(good)
        noisy[at // 8] ^= 1 << at % 8
        assert ClientState(flash, Memory(bytes(noisy))).id_context is None
    for size in range(len(good)):
        assert ClientState(flash, Memory(good[:size])).id_context is None


def test_flash_that_was_erased_or_cut():
    flash, witness = memories(3)
    for size in range(len(flash.content)):
        assert ClientState(Memory(flash.content[:size]), witness).id_context is None
    assert ClientState(Memory(), Memory()).id_context is None


def test_the_window_takes_each_number_once_in_any_order():
    window = ReplayWindow()
    for number in (0, 2, 1, 5, 40, 9, 39):
        assert window.is_new(number)
        window.mark(number)
        assert not window.is_new(number)
    assert not window.is_new(3)  # it would be new, but who could tell
    assert not window.is_new(40 - SIZE)
    assert window.is_new(40 - SIZE + 2)
    assert window.is_new((1 << 40) - 1)
    window.mark((1 << 40) - 1)
    assert not window.is_new((1 << 40) - 1)
    assert window.is_new((1 << 40) - SIZE)


def test_a_recovered_window_counts_all_before_as_seen():
    window = starting_at(7)
    for number in range(8):
        assert not window.is_new(number)
    assert window.is_new(8)
    window.mark(9)
    assert window.is_new(8)
    assert not window.is_new(7)
