"""`esp32.NVS`: what is set counts after `commit`. Errors are OSError(-number, name) of ESP-IDF."""

from struct import pack_into, unpack_from

_HEADER = 40
_SET_I32, _GET_I32, _SET_BLOB, _GET_BLOB, _ERASE_KEY, _COMMIT, _OPEN = range(7)
_ERRORS = {
    0x1102: "ESP_ERR_NVS_NOT_FOUND",
    0x1103: "ESP_ERR_NVS_TYPE_MISMATCH",
    0x1105: "ESP_ERR_NVS_NOT_ENOUGH_SPACE",
    0x1109: "ESP_ERR_NVS_KEY_TOO_LONG",
    0x110C: "ESP_ERR_NVS_INVALID_LENGTH",
}


class NVS:
    def __init__(self, namespace):
        self._namespace = namespace
        self._call(_OPEN)

    def _call(self, operation, key="", number=0, data=b""):
        """(number, frame) of the answer."""
        frame = bytearray(_HEADER) + data
        pack_into("<ii16s16s", frame, 0, operation, number, self._namespace.encode(), key.encode())
        with open("/dev/nvs", "r+b") as file:
            file.readinto(frame)
        error, number = unpack_from("<ii", frame)
        if error:
            raise OSError(-error, _ERRORS[error])
        return number, frame

    def set_i32(self, key, value):
        self._call(_SET_I32, key, value)

    def get_i32(self, key):
        return self._call(_GET_I32, key)[0]

    def set_blob(self, key, value):
        self._call(_SET_BLOB, key, 0, value)

    def get_blob(self, key, buffer):
        """Fills `buffer`, which may be larger; the blob's length."""
        length, frame = self._call(_GET_BLOB, key, 0, buffer)
        buffer[:length] = frame[_HEADER : _HEADER + length]
        return length

    def erase_key(self, key):
        self._call(_ERASE_KEY, key)

    def commit(self):
        self._call(_COMMIT)

    def __repr__(self):
        return "<NVS namespace>"
