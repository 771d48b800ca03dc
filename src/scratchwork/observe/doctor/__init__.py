"""What ails a run: rules over its journal, live and afterwards. docs/doctor.md has a section for each rule."""
