"""Secrets at rest: encrypted under the newest key, readable under every key, digests that stay."""

import pytest

from bot.secret_box import SecretBox

OLD = "old-" * 10
NEW = "new-" * 10
IBAN = "KZ41722C000000000001"


def test_a_text_comes_back_and_is_not_in_the_cipher() -> None:
    box = SecretBox([OLD])
    cipher = box.encrypt(IBAN)

    assert box.decrypt(cipher) == IBAN
    assert IBAN.encode() not in cipher
    assert box.encrypt(IBAN) != cipher


def test_a_new_key_in_front_keeps_the_old_ciphers_readable() -> None:
    cipher = SecretBox([OLD]).encrypt("Ғалия")
    both = SecretBox.from_setting(f"{NEW}, {OLD}")

    assert both.decrypt(cipher) == "Ғалия"
    assert SecretBox([NEW]).decrypt(both.encrypt("Ғалия")) == "Ғалия"
    assert SecretBox([NEW]).decrypt(both.rotate(cipher)) == "Ғалия"


@pytest.mark.parametrize("cipher", [b"", b"garbage", b"gAAAAA"])
def test_what_no_key_opens_is_a_value_error(cipher: bytes) -> None:
    box = SecretBox([OLD])

    with pytest.raises(ValueError, match="no configured secret key"):
        box.decrypt(cipher)
    with pytest.raises(ValueError, match="no configured secret key"):
        box.rotate(cipher)
    with pytest.raises(ValueError, match="no configured secret key"):
        box.decrypt(SecretBox([NEW]).encrypt(IBAN))


def test_digests_are_equal_for_equal_values_and_differ_by_purpose_and_key() -> None:
    box = SecretBox([OLD])

    assert box.digest("iin", "950321300002") == box.digest("iin", "950321300002")
    assert box.digest("iin", "950321300002") != box.digest("phone", "950321300002")
    assert box.digest("iin", "950321300002") != SecretBox([NEW]).digest("iin", "950321300002")
    assert len(box.digest("iin", "")) == 32


def test_a_rotation_leaves_unique_indexes_of_digests_intact() -> None:
    assert SecretBox([NEW, OLD]).digest("iin", "1") == SecretBox([OLD]).digest("iin", "1")


@pytest.mark.parametrize("setting", ["", " , ", "short", f"{OLD},short"])
def test_missing_and_short_keys_are_refused(setting: str) -> None:
    with pytest.raises(ValueError, match="at least 32"):
        SecretBox.from_setting(setting)


def test_keys_are_never_shown() -> None:
    assert OLD not in repr(SecretBox([OLD]))


def test_the_pieces_of_a_file_open_in_their_place_only() -> None:
    box = SecretBox([OLD])
    key = box.new_file_key()
    first, second = (box.of_file(key).seal(number, b"+77010000000") for number in (0, 1))
    rotated = SecretBox.from_setting(f"{NEW},{OLD}")

    assert rotated.of_file(key).open(1, second) == b"+77010000000"
    assert b"7701" not in first + second
    for number, cipher in ((0, second), (0, first[:-1]), (1, b"")):
        with pytest.raises(ValueError, match="does not open"):
            box.of_file(key).open(number, cipher)
    with pytest.raises(ValueError, match="does not open"):
        box.of_file(box.new_file_key()).open(0, first)
    with pytest.raises(ValueError, match="no configured secret key"):
        SecretBox([NEW]).of_file(key)
