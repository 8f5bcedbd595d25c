package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/go-zookeeper/zk"
)

// How long a master lists an agent whose connection broke (--agent_ping_timeout times --max_agent_ping_timeouts).
const agentIsMissed = 75 * time.Second

type id struct {
	Value string `json:"value"`
}

type duration struct {
	Nanoseconds int64 `json:"nanoseconds"`
}

type drainConfig struct {
	MaxGracePeriod *duration `json:"max_grace_period,omitempty"`
	MarkGone       bool      `json:"mark_gone"`
}

type drainInfo struct {
	State  string      `json:"state"`
	Config drainConfig `json:"config"`
}

// kept is what the masters' registry holds of an agent, whoever leads.
type kept struct {
	Drain *drainInfo `json:"drain,omitempty"`
	Gone  bool       `json:"gone"`
}

// registry stands in for the replicated log: a node of ZooKeeper.
type registry struct {
	connection *zk.Conn
	path       string
}

func (r registry) load() (map[string]kept, error) {
	known := map[string]kept{}
	data, _, err := r.connection.Get(r.path)
	if err == zk.ErrNoNode {
		return known, nil
	}
	if err != nil {
		return nil, err
	}
	return known, json.Unmarshal(data, &known)
}

func (r registry) save(agent string, now kept) error {
	known, err := r.load()
	if err != nil {
		return err
	}
	known[agent] = now
	data, err := json.Marshal(known)
	if err != nil {
		return err
	}
	if _, err = r.connection.Set(r.path, data, -1); err == zk.ErrNoNode {
		_, err = r.connection.Create(r.path, data, 0, zk.WorldACL(zk.PermAll))
	}
	return err
}

// call is what of Mesos' operator API is understood here.
type call struct {
	Type  string `json:"type"`
	Drain struct {
		Agent          id `json:"agent_id"`
		MaxGracePeriod *struct {
			Seconds int64 `json:"seconds"`
			Nanos   int64 `json:"nanos"`
		} `json:"max_grace_period"`
		MarkGone bool `json:"mark_gone"`
	} `json:"drain_agent"`
	Reactivate struct {
		Agent id `json:"agent_id"`
	} `json:"reactivate_agent"`
	Gone struct {
		Agent id `json:"agent_id"`
	} `json:"mark_agent_gone"`
}

// operator answers calls of Mesos' operator API, in the words of its src/master/http.cpp. As there are no tasks, an agent is
// drained once it is asked to.
func operator(agents *roll, known registry, own address) http.HandlerFunc {
	return func(answer http.ResponseWriter, request *http.Request) {
		var asked call
		if err := json.NewDecoder(request.Body).Decode(&asked); err != nil {
			http.Error(answer, err.Error(), http.StatusBadRequest)
			return
		}
		all, err := known.load()
		if err != nil {
			http.Error(answer, err.Error(), http.StatusServiceUnavailable)
			return
		}
		said := func(what any) {
			answer.Header().Set("Content-Type", "application/json")
			json.NewEncoder(answer).Encode(map[string]any{"type": asked.Type, strings.ToLower(asked.Type): what})
		}
		save := func(agent string, now kept) {
			if err := known.save(agent, now); err != nil {
				http.Error(answer, err.Error(), http.StatusServiceUnavailable)
			}
		}
		switch asked.Type {
		case "GET_MASTER":
			said(map[string]any{"master_info": map[string]any{"address": own}})
		case "GET_AGENTS":
			said(map[string]any{"agents": agents.described(all)})
		case "GET_TASKS":
			said(map[string]any{})
		case "DRAIN_AGENT":
			agent := asked.Drain.Agent.Value
			if !agents.has(agent) {
				http.Error(answer, "Unknown agent", http.StatusBadRequest)
				return
			}
			info := &drainInfo{State: "DRAINED", Config: drainConfig{MarkGone: asked.Drain.MarkGone}}
			if grace := asked.Drain.MaxGracePeriod; grace != nil {
				info.Config.MaxGracePeriod = &duration{grace.Seconds*int64(time.Second) + grace.Nanos}
			}
			save(agent, kept{Drain: info, Gone: asked.Drain.MarkGone})
		case "REACTIVATE_AGENT":
			agent := asked.Reactivate.Agent.Value
			if all[agent].Drain == nil {
				http.Error(answer, "Agent is not deactivated", http.StatusBadRequest)
				return
			}
			save(agent, kept{})
		case "MARK_AGENT_GONE":
			agent := asked.Gone.Agent.Value
			if !all[agent].Gone && !agents.has(agent) {
				http.Error(answer, "Agent '"+agent+"' not found", http.StatusNotFound)
				return
			}
			save(agent, kept{Gone: true})
		default:
			http.Error(answer, "", http.StatusNotImplemented)
		}
	}
}

// has is whether an agent is listed, by its id.
func (r *roll) has(agent string) bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	for name, listed := range r.agents {
		if listed.ID == agent && time.Since(r.heard[name]) < agentIsMissed {
			return true
		}
	}
	return false
}

// described is the agents as GET_AGENTS has them: those that are silent for a while are there, and not active.
func (r *roll) described(all map[string]kept) []map[string]any {
	r.lock.Lock()
	defer r.lock.Unlock()
	found := []map[string]any{}
	for name, agent := range r.agents {
		silent, of := time.Since(r.heard[name]), all[agent.ID]
		if silent > agentIsMissed || of.Gone {
			continue
		}
		one := map[string]any{
			"agent_info":  map[string]any{"id": id{agent.ID}, "hostname": agent.Hostname},
			"active":      silent < agentLives && of.Drain == nil,
			"deactivated": of.Drain != nil,
			"version":     version,
		}
		if of.Drain != nil {
			one["drain_info"] = of.Drain
		}
		found = append(found, one)
	}
	return found
}
