// What stands in for mesos-master, mesos-agent and Marathon, of which there is neither a package nor a Go module. It elects
// a leader by a real ZooKeeper as Mesos does, registers agents, drains and forgets them, and minds credentials; it offers
// nothing and runs no tasks.
package main

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

// How long an agent counts that says nothing more, and how often it says something.
const (
	agentLives  = 15 * time.Second
	agentSpeaks = 3 * time.Second
)

// What the daemons say they are.
const version = "1.11.0"

// Where agents register: a path of this program's own, as Mesos' is a protocol of messages.
const registration = "/stand-in/agents"

// The prefix of the nodes by which Mesos' masters stand for election.
const candidate = "json.info_"

type address struct {
	IP   string `json:"ip"`
	Port string `json:"port"`
}

type credential struct {
	Principal string `json:"principal"`
	Secret    string `json:"secret"`
}

func main() {
	log.SetFlags(0)
	var err error
	switch name := filepath.Base(os.Args[0]); name {
	case "mesos-master":
		err = master()
	case "mesos-agent":
		err = agent()
	case "marathon":
		err = marathon()
	default:
		err = fmt.Errorf("this is mesos-master, mesos-agent or marathon by its name, not %s", name)
	}
	log.Fatal(err)
}

// connect takes zk://HOST:PORT,…/PATH. The program ends with its session, as Mesos does, and is started anew.
func connect(url string) (*zk.Conn, string, error) {
	hosts, path, _ := strings.Cut(strings.TrimPrefix(url, "zk://"), "/")
	connection, events, err := zk.Connect(strings.Split(hosts, ","), 10*time.Second, zk.WithLogInfo(false))
	if err != nil {
		return nil, "", err
	}
	for event := range events {
		if event.State == zk.StateHasSession {
			break
		}
	}
	go func() {
		for event := range events {
			if event.State == zk.StateExpired {
				log.Fatal("the session with ZooKeeper has expired")
			}
		}
	}()
	return connection, "/" + path, nil
}

// leader is the master that has stood for election the longest.
func leader(connection *zk.Conn, path string) (address, error) {
	var found struct {
		Address address `json:"address"`
	}
	names, _, err := connection.Children(path)
	if err != nil {
		return address{}, err
	}
	sort.Strings(names)
	for _, name := range names {
		if strings.HasPrefix(name, candidate) {
			data, _, err := connection.Get(path + "/" + name)
			if err != nil {
				return address{}, err
			}
			return found.Address, json.Unmarshal(data, &found)
		}
	}
	return address{}, fmt.Errorf("no master stands for election at %s", path)
}

// credentials reads a file of Mesos'; without one everybody may.
func credentials(variable string) ([]credential, error) {
	var listed struct {
		Credentials []credential `json:"credentials"`
	}
	path := os.Getenv(variable)
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(strings.TrimPrefix(path, "file://"))
	if err != nil {
		return nil, err
	}
	return listed.Credentials, json.Unmarshal(data, &listed)
}

// guarded lets those in who have one of the credentials.
func guarded(allowed []credential, handler http.HandlerFunc) http.HandlerFunc {
	return func(answer http.ResponseWriter, request *http.Request) {
		name, secret, _ := request.BasicAuth()
		for _, known := range allowed {
			if name == known.Principal && subtle.ConstantTimeCompare([]byte(secret), []byte(known.Secret)) == 1 {
				handler(answer, request)
				return
			}
		}
		if allowed == nil {
			handler(answer, request)
			return
		}
		answer.Header().Set("WWW-Authenticate", `Basic realm="mesos"`)
		answer.WriteHeader(http.StatusUnauthorized)
	}
}

func served(address, port string, handler http.Handler) error {
	return (&http.Server{Addr: address + ":" + port, Handler: handler, ReadTimeout: 20 * time.Second}).ListenAndServe()
}
