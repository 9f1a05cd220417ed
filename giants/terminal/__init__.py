"""What commands and the demonstration print: tables, progress bars, one line a change."""
