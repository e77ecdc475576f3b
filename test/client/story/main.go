// Command story drives a running Berth through the client that a generator made from Harbor's contract. Every reply is
// held against the contract: its status, its headers, and each property of its body.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

// chapters are told in this order; the later ones stand on what the earlier ones made. The test reads their names here.
var chapters = []struct {
	name string
	tell func(*story)
}{
	{"a stranger", tellStranger},
	{"the administrator", tellAdministrator},
	{"people", tellPeople},
	{"projects", tellProjects},
	{"members", tellMembers},
	{"metadata", tellMetadata},
	{"repositories", tellRepositories},
	{"artifacts", tellArtifacts},
	{"tags", tellTags},
	{"copies", tellCopies},
	{"labels", tellLabels},
	{"accessories", tellAccessories},
	{"additions", tellAdditions},
	{"lists", tellLists},
	{"configuration", tellConfiguration},
	{"audit", tellAudit},
	{"terraform", tellTerraform},
	{"harbor-cli", tellHarborCli},
	{"harborapi", tellHarborapi},
	{"a browser", tellBrowser},
	{"passwords", tellPasswords},
	{"the end", tellEnd},
}

// page is what is written of a chapter.
type page struct {
	Name         string   `json:"name"`
	Calls        int      `json:"calls"`
	Milliseconds int64    `json:"milliseconds"`
	Problems     []string `json:"problems"`
}

// story is the state that the chapters share.
type story struct {
	origin   string
	password string
	contract *contract
	page     *page
	stepName string
	// statuses seen of each operation, by its id.
	seen map[string]map[int]int
	// ids of what was made, by name.
	users    map[string]int64
	projects map[string]int64
	began    time.Time
}

func main() {
	origin := flag.String("origin", "", "where Berth listens, such as http://127.0.0.1:8080")
	contractFile := flag.String("contract", "", "the contract as a Swagger 2.0 document")
	review := flag.String("review", "", "the folder of the reviewed differences")
	only := flag.String("only", "", "the one chapter to tell")
	flag.Parse()
	contract, err := readContract(*contractFile, *review)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	s := &story{
		origin:   *origin,
		password: os.Getenv("STORY_PASSWORD"),
		contract: contract,
		seen:     map[string]map[int]int{},
		users:    map[string]int64{},
		projects: map[string]int64{},
		began:    time.Now(),
	}
	pages := make([]*page, 0, len(chapters))
	for _, chapter := range chapters {
		if *only != "" && chapter.name != *only {
			continue
		}
		s.page = &page{Name: chapter.name, Problems: []string{}}
		began := time.Now()
		s.step("", func() {
			s.requireServer()
			chapter.tell(s)
		})
		s.page.Milliseconds = time.Since(began).Milliseconds()
		pages = append(pages, s.page)
	}
	out := map[string]any{"chapters": pages, "seen": s.seen}
	if err := json.NewEncoder(os.Stdout).Encode(out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// requireServer ends a chapter where the server does not answer any more.
func (s *story) requireServer() {
	response, err := patient.Get(s.origin + "/api/v2.0/ping")
	if err != nil {
		panic(failure{fmt.Sprintf("not told, the server is gone: %v", err)})
	}
	response.Body.Close()
}

// step runs a part of a chapter; where it cannot go on, the chapter goes on after it.
func (s *story) step(name string, run func()) {
	outer := s.stepName
	if name != "" {
		s.stepName = name
	}
	defer func() {
		if reason := recover(); reason != nil {
			failed, known := reason.(failure)
			if !known {
				failed.text = fmt.Sprintf("panic: %v", reason)
			}
			s.page.Problems = append(s.page.Problems, s.stepName+": "+failed.text)
		}
		s.stepName = outer
	}()
	run()
}

// note counts a reply that was received.
func (s *story) note(operation string, status int) {
	s.page.Calls++
	if s.seen[operation] == nil {
		s.seen[operation] = map[int]int{}
	}
	s.seen[operation][status]++
}
