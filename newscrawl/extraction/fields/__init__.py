"""The fields of the record, each with its finders: title, people, dates, outlet, section, pictures, rights."""
