"""The words behind the codes and the bits of ST 0601.

Source: MISB ST 0601.19, items 34, 47, 63, 77, 124, 125, 126, 138.
"""

ICING = {0: "Detector off", 1: "No icing detected", 2: "Icing detected"}
GENERIC_FLAGS = {
    0: "Laser range",
    1: "Auto-track",
    2: "IR polarity black hot",
    3: "Icing detected",
    4: "Slant range measured",
    5: "Image invalid",
}
"""Bit from the lowest: what it says when set."""
FIELD_OF_VIEW = {
    0: "Ultranarrow",
    1: "Narrow",
    2: "Medium",
    3: "Wide",
    4: "Ultrawide",
    5: "Narrow Medium",
    6: "2x Ultranarrow",
    7: "4x Ultranarrow",
    8: "Continuous Zoom",
}
OPERATIONAL_MODE = {
    0: "Other",
    1: "Operational",
    2: "Training",
    3: "Exercise",
    4: "Maintenance",
    5: "Test",
}
POSITIONING_METHODS = {
    0: "On-board INS",
    1: "GPS",
    2: "Galileo",
    3: "QZSS",
    4: "NAVIC",
    5: "GLONASS",
    6: "BeiDou-1",
    7: "BeiDou-2",
}
"""Bit from the lowest."""
PLATFORM_STATUS = {
    0: "Active",
    1: "Pre-flight",
    2: "Pre-flight-taxiing",
    3: "Run-up",
    4: "Take-off",
    5: "Ingress",
    6: "Manual operation",
    7: "Automated-orbit",
    8: "Transitioning",
    9: "Egress",
    10: "Landing",
    11: "Landed-taxiing",
    12: "Landed-Parked",
}
SENSOR_CONTROL_MODE = {
    0: "Off",
    1: "Home Position",
    2: "Uncontrolled",
    3: "Manual Control",
    4: "Calibrating",
    5: "Auto - Holding Position",
    6: "Auto - Tracking",
}
