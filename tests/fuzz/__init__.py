"""Long fuzzing, guided by coverage; not part of CI."""
