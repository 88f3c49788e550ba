"""Whether a picture begins with what a decoder needs to start there, told by its first bytes.

Source: ISO/IEC 13818-2, 6.2 (sequence header); ITU-T H.264, 7.4.1; ITU-T H.265, 7.4.2.2.
"""

_MPEG2_SEQUENCE_HEADER = 0xB3
_H264_SEQUENCE_PARAMETERS = 0x67
_H264_NAL_MASK = 0x9F
_H265_VIDEO_PARAMETERS = 0x40


def begins_decodable(payload: bytes) -> bool:
    """Whether a sequence header or parameter set comes among the first bytes of an elementary stream.

    Args:
        payload: the start of the picture's bytes; what lies in its first transport packet is enough.
    """
    at = payload.find(b"\x00\x00\x01")
    while 0 <= at < len(payload) - 4:
        code, following = payload[at + 3], payload[at + 4]
        if code == _MPEG2_SEQUENCE_HEADER:
            return True
        if code & _H264_NAL_MASK == _H264_SEQUENCE_PARAMETERS & _H264_NAL_MASK:
            return True
        if code == _H265_VIDEO_PARAMETERS and following == 0x01:
            return True
        at = payload.find(b"\x00\x00\x01", at + 3)
    return False
