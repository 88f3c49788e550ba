"""A site to its case: evidence, wording in English and Spanish, papers. Pure."""
