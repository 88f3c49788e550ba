"""Hashes, the ledger's tree and proofs, signatures over bytes. Pure."""
