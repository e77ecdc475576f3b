package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"berth.test/harbor/client/auditlog"
	"berth.test/harbor/client/configure"
	"berth.test/harbor/client/project"
	"berth.test/harbor/client/repository"
	"berth.test/harbor/client/search"
	"berth.test/harbor/client/statistic"
	"berth.test/harbor/models"
)

// tellLists pages lists to their ends, searches and counts.
func tellLists(s *story) {
	admin, cid := s.admin(), s.as("cid", firstPassword)
	s.step("page by number", func() {
		var names []string
		for page := int64(1); ; page++ {
			params := &repository.ListRepositoriesParams{ProjectName: "harbour", Sort: ptr("name"), Page: &page, PageSize: ptr(int64(3))}
			listed := must(cid.Repository.ListRepositories(params, nil))
			if len(listed.Payload) == 0 {
				break
			}
			names = append(names, pick(listed.Payload, repositoryName)...)
			same(s, "the count", listed.XTotalCount, 4)
		}
		sameList(s, "the repositories", names, []string{"harbour/charts/anchor", "harbour/copies/boat", "harbour/deep/er/boat", "harbour/raft"})
	})
	s.step("page by links", func() {
		names := followLinks(s, "/api/v2.0/projects/harbour/artifacts?page_size=2&with_tag=true&q=tags%3D*&sort=push_time", "id")
		same(s, "the tagged artifacts", len(names), 5)
		slices.Sort(names)
		same(s, "the tagged artifacts without repetition", len(slices.Compact(names)), 5)
	})
	s.step("all at once", func() {
		all := must(cid.Repository.ListRepositories(&repository.ListRepositoriesParams{ProjectName: "harbour", PageSize: ptr(int64(0)), Page: ptr(int64(0))}, nil))
		same(s, "all repositories", len(all.Payload), 4)
		same(s, "the link", all.Link, "")
	})
	s.step("search", func() {
		found := must(cid.Search.Search(&search.SearchParams{Q: "boat"}, nil)).Payload
		names := pick(found.Repository, func(each *models.SearchRepository) string { return each.RepositoryName })
		slices.Sort(names)
		sameList(s, "what cid finds", names, []string{"harbour/copies/boat", "harbour/deep/er/boat", "quay/boat"})
		public := must(s.as("", "").Search.Search(&search.SearchParams{Q: "boat"}, nil)).Payload
		same(s, "what a stranger finds", len(public.Repository), 1)
		projects := must(cid.Search.Search(&search.SearchParams{Q: "ARB"}, nil)).Payload.Project
		sameList(s, "the projects like arb", pick(projects, func(each *models.Project) string { return each.Name }), []string{"harbour"})
	})
	s.step("count", func() {
		all := must(admin.Statistic.GetStatistic(&statistic.GetStatisticParams{}, nil)).Payload
		same(s, "all repositories", all.TotalRepoCount, 6)
		same(s, "the public repositories", all.PublicRepoCount, 2)
		s.expect(all.TotalStorageConsumption > 1000, "the bytes are %d", all.TotalStorageConsumption)
		own := must(cid.Statistic.GetStatistic(&statistic.GetStatisticParams{}, nil)).Payload
		same(s, "cid's private projects", own.PrivateProjectCount, 1)
		same(s, "cid's private repositories", own.PrivateRepoCount, 4)
		same(s, "the total that cid is told", own.TotalRepoCount, 0)
	})
}

var nextLink = regexp.MustCompile(`<([^>]+)>; rel="next"`)

// followLinks reads a list to its end by the links of its pages, and gives one property of each element.
func followLinks(s *story, path, property string) []string {
	var values []string
	for pages := 0; path != "" && pages < 100; pages++ {
		got := s.send(call{method: "GET", path: path, user: "cid", password: firstPassword})
		var rows []map[string]any
		must(0, json.Unmarshal(got.body, &rows))
		for _, row := range rows {
			values = append(values, fmt.Sprint(row[property]))
		}
		next := nextLink.FindStringSubmatch(got.header.Get("Link"))
		if next == nil {
			return values
		}
		// The query of a link is written decoded; a client encodes what an URL cannot hold.
		path = strings.ReplaceAll(next[1], " ", "%20")
	}
	return values
}

// tellConfiguration reads the settings, writes them back, and changes one.
func tellConfiguration(s *story) {
	admin := s.admin()
	read := func() *models.ConfigurationsResponse {
		return must(admin.Configure.GetConfigurations(&configure.GetConfigurationsParams{}, nil)).Payload
	}
	write := func(settings *models.Configurations) error {
		_, err := admin.Configure.UpdateConfigurations(&configure.UpdateConfigurationsParams{Configurations: settings}, nil)
		return err
	}
	s.step("write back whole", func() {
		before := read()
		same(s, "the way to sign in", before.AuthMode.Value, "db_auth")
		must(0, write(allValues(before)))
		same(s, "the settings", string(toJSON(read())), string(toJSON(before)))
	})
	s.step("change one and back", func() {
		before := read().TokenExpiration.Value
		s.expect(read().TokenExpiration.Editable, "the life of tokens cannot be changed")
		must(0, write(&models.Configurations{TokenExpiration: ptr(int64(15))}))
		same(s, "the life of tokens", read().TokenExpiration.Value, 15)
		must(0, write(&models.Configurations{TokenExpiration: &before}))
	})
	s.step("refusals", func() {
		refused[*configure.UpdateConfigurationsBadRequest](s, write(&models.Configurations{TokenExpiration: ptr(int64(-1))}))
		refused[*configure.UpdateConfigurationsBadRequest](s, write(&models.Configurations{AuthMode: ptr("by-handshake")}))
		ann := s.as("ann", firstPassword)
		_, err := ann.Configure.GetConfigurations(&configure.GetConfigurationsParams{}, nil)
		refusedBare[*configure.GetConfigurationsForbidden](s, err)
		_, err = s.as("", "").Configure.UpdateConfigurations(&configure.UpdateConfigurationsParams{Configurations: &models.Configurations{}}, nil)
		refused[*configure.UpdateConfigurationsUnauthorized](s, err)
	})
}

// allValues takes the value of each setting, as a client does that writes back what it read.
func allValues(settings *models.ConfigurationsResponse) *models.Configurations {
	var items map[string]struct {
		Value any `json:"value"`
	}
	must(0, json.Unmarshal(toJSON(settings), &items))
	values := map[string]any{}
	for key, item := range items {
		if item.Value != nil {
			values[key] = item.Value
		}
	}
	written := &models.Configurations{}
	must(0, json.Unmarshal(toJSON(values), written))
	return written
}

// tellAudit finds what happened so far.
func tellAudit(s *story) {
	admin, ann := s.admin(), s.as("ann", firstPassword)
	rows := func(q string) []*models.AuditLogExt {
		return must(admin.Auditlog.ListAuditLogExts(&auditlog.ListAuditLogExtsParams{Q: &q, PageSize: ptr(int64(100))}, nil)).Payload
	}
	s.step("kinds of events", func() {
		_, err := ann.Auditlog.ListAuditLogEventTypes(&auditlog.ListAuditLogEventTypesParams{}, nil)
		refused[*auditlog.ListAuditLogEventTypesForbidden](s, err)
		kinds := must(admin.Auditlog.ListAuditLogEventTypes(&auditlog.ListAuditLogEventTypesParams{}, nil)).Payload
		names := pick(kinds, func(each *models.AuditLogEventType) string { return each.EventType })
		for _, name := range []string{"create_user", "create_project", "delete_repository", "update_configuration", "create_member", "pull_artifact"} {
			s.expect(slices.Contains(names, name), "%s is none of the kinds %v", name, names)
		}
	})
	s.step("q", func() {
		same(s, "the users made by admin", len(rows("operation=create,resource_type=user,username=admin")), 7)
		same(s, "the members made by ann", len(rows("operation=create,resource_type=member,username=ann")), 4)
		same(s, "the changes of the settings", len(rows("resource_type=configuration")), 2)
		s.expect(len(rows("operation={create delete},resource=~boat")) > 3, "too few rows of the boat")
		s.expect(len(rows("operation_result=false")) > 0, "no failure is on record")
	})
	s.step("times", func() {
		format := "2006-01-02T15:04:05"
		from, to := s.began.Add(-time.Minute).UTC().Format(format), time.Now().Add(time.Minute).UTC().Format(format)
		all := len(rows("operation=create,resource_type=user"))
		same(s, "in the story's time", len(rows(fmt.Sprintf("operation=create,resource_type=user,op_time=[%s~%s]", from, to))), all)
		same(s, "since then", len(rows(fmt.Sprintf("op_time=[%s~],operation=create,resource_type=user", to))), 0)
		spaced := strings.ReplaceAll(from, "T", " ")
		same(s, "until the story began", len(rows(fmt.Sprintf(`operation=create,resource_type=user,op_time=[~"%s"]`, spaced))), 0)
	})
	s.step("order", func() {
		listed := rows("username=ann")
		s.expect(slices.IsSortedFunc(listed, func(a, b *models.AuditLogExt) int {
			return time.Time(b.OpTime).Compare(time.Time(a.OpTime))
		}), "the newest is not the first")
	})
	s.step("of a project", func() {
		params := &project.GetLogExtsParams{ProjectName: "harbour", Q: ptr("resource_type=member"), Sort: ptr("op_time")}
		listed := must(ann.Project.GetLogExts(params, nil)).Payload
		s.expect(len(listed) >= 6, "%d rows of members in harbour", len(listed))
		_, err := s.as("ben", firstPassword).Project.GetLogExts(params, nil)
		s.expect(err != nil, "a maintainer reads the project's log")
		must(ann.Project.GetLogs(&project.GetLogsParams{ProjectName: "harbour"}, nil))
		must(admin.Auditlog.ListAuditLogs(&auditlog.ListAuditLogsParams{}, nil))
	})
	s.step("what ann may see, and wrong questions", func() {
		own := must(ann.Auditlog.ListAuditLogExts(&auditlog.ListAuditLogExtsParams{Q: ptr("resource_type=user"), PageSize: ptr(int64(100))}, nil)).Payload
		same(s, "rows of users that ann sees", len(own), 0)
		_, err := admin.Auditlog.ListAuditLogExts(&auditlog.ListAuditLogExtsParams{Q: ptr("flavour=salty")}, nil)
		refused[*auditlog.ListAuditLogExtsBadRequest](s, err)
		_, err = s.as("", "").Auditlog.ListAuditLogExts(&auditlog.ListAuditLogExtsParams{}, nil)
		refused[*auditlog.ListAuditLogExtsUnauthorized](s, err)
	})
}
