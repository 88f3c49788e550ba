"""The frozen records that the stages exchange. Pure: no rule lives here but a record's own invariants."""
