package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
)

// marathon answers that it is there as long as masters have a leader; it takes no applications.
func marathon() error {
	name, secret, guard := strings.Cut(os.Getenv("MESOSPHERE_HTTP_CREDENTIALS"), ":")
	var allowed []credential
	if guard {
		allowed = []credential{{name, secret}}
	}
	connection, path, err := connect(os.Getenv("MARATHON_MASTER"))
	if err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/ping", guarded(allowed, func(answer http.ResponseWriter, _ *http.Request) {
		if _, err := leader(connection, path); err != nil {
			http.Error(answer, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(answer, "pong")
	}))
	return served("", os.Getenv("MARATHON_HTTP_PORT"), routes)
}
