module jeroboam.test/mirror/pause

go 1.26.0
