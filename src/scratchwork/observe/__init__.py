"""Reading what happened: behaviours in a response, metrics of a step, reasons for a step without signal."""
