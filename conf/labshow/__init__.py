"""Page tables in pictures, for conf/show: a console's text (console) becomes
tables (model), pictures (picture, draw) and answers (translate) of a page
(page); live gets the text from a machine."""
