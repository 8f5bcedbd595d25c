package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// agent registers with whoever leads, again and again, as a new leader knows of nobody.
func agent() error {
	var own credential
	if file := os.Getenv("MESOS_CREDENTIAL"); file != "" {
		data, err := os.ReadFile(strings.TrimPrefix(file, "file://"))
		if err != nil {
			return err
		}
		if err := json.Unmarshal(data, &own); err != nil {
			return err
		}
	}
	allowed, err := credentials("MESOS_HTTP_CREDENTIALS")
	if err != nil {
		return err
	}
	connection, path, err := connect(os.Getenv("MESOS_MASTER"))
	if err != nil {
		return err
	}
	name := os.Getenv("MESOS_HOSTNAME")
	known, err := agentID(os.Getenv("MESOS_WORK_DIR"))
	if err != nil {
		return err
	}
	said, err := json.Marshal(registered{
		ID: known, Hostname: name, Port: os.Getenv("MESOS_PORT"), Attributes: os.Getenv("MESOS_ATTRIBUTES"),
	})
	if err != nil {
		return err
	}
	go func() {
		last := ""
		for ; ; time.Sleep(agentSpeaks) {
			now := "registered"
			found, err := leader(connection, path)
			if err == nil {
				err = register(found, own, said)
			}
			if err != nil {
				now = err.Error()
			}
			if now != last {
				log.Print(now)
			}
			last = now
		}
	}()
	routes := http.NewServeMux()
	routes.HandleFunc("/health", func(http.ResponseWriter, *http.Request) {})
	routes.HandleFunc("/state", guarded(allowed, func(answer http.ResponseWriter, _ *http.Request) { answer.Write(said) }))
	return served(os.Getenv("MESOS_IP"), os.Getenv("MESOS_PORT"), routes)
}

func register(master address, own credential, said []byte) error {
	url := "http://" + master.IP + ":" + master.Port + registration
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(said))
	if err != nil {
		return err
	}
	request.SetBasicAuth(own.Principal, own.Secret)
	answer, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode == http.StatusGone {
		log.Fatal("the master has marked this agent gone")
	}
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the master at %s answers %s", master.IP, answer.Status)
	}
	return nil
}

// agentID is kept by the work directory: without it an agent is another one, as with Mesos.
func agentID(folder string) (string, error) {
	path := filepath.Join(folder, "agent-id")
	if data, err := os.ReadFile(path); err == nil {
		return string(data), nil
	}
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return "", err
	}
	made := fmt.Sprintf("%x-S0", random)
	return made, os.WriteFile(path, []byte(made), 0o644)
}
