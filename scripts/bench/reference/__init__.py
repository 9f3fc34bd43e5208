"""Programs that Üles is measured against: short, written by hand, for one job each."""
