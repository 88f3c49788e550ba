"""Alembic's entry: runs on the connection that `atalaya.io.database.migrate` hands over, nothing else."""

from alembic import context

from atalaya.io.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
