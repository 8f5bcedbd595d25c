package main

import (
	"encoding/json"
	"net/http"
	"os"
	"sort"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// registered is an agent as /slaves lists it.
type registered struct {
	ID         string `json:"id"`
	Hostname   string `json:"hostname"`
	Port       string `json:"port"`
	Attributes string `json:"attributes"`
	Active     bool   `json:"active"`
}

// listing is the answer of /slaves: those that are there before those that are only remembered.
type listing struct {
	Slaves    []registered `json:"slaves"`
	Recovered []registered `json:"recovered_slaves"`
}

// roll is who has registered, and when it last said so.
type roll struct {
	lock   sync.Mutex
	agents map[string]registered
	heard  map[string]time.Time
}

func (r *roll) add(agent registered) {
	r.lock.Lock()
	defer r.lock.Unlock()
	agent.Active = true
	r.agents[agent.Hostname], r.heard[agent.Hostname] = agent, time.Now()
}

func (r *roll) list() listing {
	r.lock.Lock()
	defer r.lock.Unlock()
	found := listing{Slaves: []registered{}, Recovered: []registered{}}
	for name, agent := range r.agents {
		if time.Since(r.heard[name]) < agentLives {
			found.Slaves = append(found.Slaves, agent)
		}
	}
	sort.Slice(found.Slaves, func(i, j int) bool { return found.Slaves[i].Hostname < found.Slaves[j].Hostname })
	return found
}

// master stands for election, and lists the agents that have registered with it.
func master() error {
	own := address{os.Getenv("MESOS_IP"), os.Getenv("MESOS_PORT")}
	allowed, err := credentials("MESOS_CREDENTIALS")
	if err != nil {
		return err
	}
	connection, path, err := connect(os.Getenv("MESOS_ZK"))
	if err != nil {
		return err
	}
	if _, err := connection.Create(path, nil, 0, zk.WorldACL(zk.PermAll)); err != nil && err != zk.ErrNodeExists {
		return err
	}
	standing, err := json.Marshal(map[string]address{"address": own})
	if err != nil {
		return err
	}
	flags := int32(zk.FlagEphemeral | zk.FlagSequence)
	if _, err := connection.Create(path+"/"+candidate, standing, flags, zk.WorldACL(zk.PermAll)); err != nil {
		return err
	}
	agents := &roll{agents: map[string]registered{}, heard: map[string]time.Time{}}

	// toLeader answers where the leading master is, as Mesos does, and which file of it was asked for.
	toLeader := func(answer http.ResponseWriter, file string) {
		found, err := leader(connection, path)
		if err != nil {
			http.Error(answer, err.Error(), http.StatusServiceUnavailable)
			return
		}
		answer.Header().Set("Location", "//"+found.IP+":"+found.Port+file)
		answer.WriteHeader(http.StatusTemporaryRedirect)
	}
	list := guarded(allowed, func(answer http.ResponseWriter, _ *http.Request) {
		if found, err := leader(connection, path); err != nil || found != own {
			toLeader(answer, "/slaves")
			return
		}
		answer.Header().Set("Content-Type", "application/json")
		json.NewEncoder(answer).Encode(agents.list())
	})
	known := registry{connection, path + "/registry"}
	asked := operator(agents, known, own)
	calls := guarded(allowed, func(answer http.ResponseWriter, request *http.Request) {
		if found, err := leader(connection, path); err != nil || found != own {
			toLeader(answer, "/api/v1")
			return
		}
		asked(answer, request)
	})
	register := guarded(allowed, func(answer http.ResponseWriter, request *http.Request) {
		var agent registered
		if err := json.NewDecoder(request.Body).Decode(&agent); err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)
			return
		}
		if all, err := known.load(); err == nil && all[agent.ID].Gone {
			http.Error(answer, "this agent was marked gone", http.StatusGone)
			return
		}
		agents.add(agent)
		answer.WriteHeader(http.StatusAccepted)
	})
	routes := http.NewServeMux()
	for _, prefix := range []string{"", "/master"} {
		routes.HandleFunc(prefix+"/health", func(http.ResponseWriter, *http.Request) {})
		routes.HandleFunc(prefix+"/redirect", func(answer http.ResponseWriter, _ *http.Request) { toLeader(answer, "") })
		routes.HandleFunc(prefix+"/slaves", list)
	}
	routes.HandleFunc("/api/v1", calls)
	routes.HandleFunc("/version", func(answer http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(answer).Encode(map[string]string{"version": version})
	})
	// Whoever stands for election here has nothing to catch up with.
	routes.HandleFunc("/metrics/snapshot", guarded(allowed, func(answer http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(answer).Encode(map[string]int{"registrar/log/recovered": 1})
	}))
	routes.HandleFunc(registration, register)
	return served(own.IP, own.Port, routes)
}
