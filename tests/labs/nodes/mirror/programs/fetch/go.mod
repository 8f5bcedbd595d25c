module jeroboam.test/mirror/fetch

go 1.26.0
