"""The synthetic province (样例省份): invented names, planted truth, messy workbooks."""
