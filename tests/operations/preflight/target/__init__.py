"""The cluster that the chart is to go to."""
