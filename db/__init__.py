"""The database: tables, engine, repositories and the unit of work behind the ports of the core."""
