"""Access unit delimiters: what a transport stream wants in front of every coded picture.

Source: ITU-T H.264, 7.3.2.4 and H.265, 7.3.2.5; H.222.0 (ISO/IEC 13818-1), 2.14.1 and 2.17.1.
"""

from atalaya.ingest.mux import VideoType

_START = b"\x00\x00\x01"
_H264_DELIMITER = b"\x00\x00\x00\x01\x09\xf0"
_H265_DELIMITER = b"\x00\x00\x00\x01\x46\x01\x50"


def with_delimiter(data: bytes, video_type: VideoType) -> bytes:
    """The picture with its delimiter; MPEG-2 has none, and one that is there stays as it is.

    Args:
        data: H.264 or H.265 byte stream (Annex B) of one picture, or an MPEG-2 picture.
        video_type: which of them.
    """
    at = data.find(_START)
    header = data[at + 3] if 0 <= at < len(data) - 3 else None
    match video_type:
        case VideoType.H264:
            has_one = header is not None and header & 0x1F == 9
            return data if has_one else _H264_DELIMITER + data
        case VideoType.H265:
            has_one = header is not None and header >> 1 & 0x3F == 35
            return data if has_one else _H265_DELIMITER + data
        case VideoType.MPEG2:
            return data
