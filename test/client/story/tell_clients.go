package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"berth.test/harbor/client/label"
	"berth.test/harbor/client/member"
	"berth.test/harbor/client/project"
	"berth.test/harbor/client/project_metadata"
	"berth.test/harbor/client/repository"
	"berth.test/harbor/client/user"
	"berth.test/harbor/models"
)

// terraform sends what Terraform's provider for Harbor sends: JSON in every request, "null" in those without a body,
// and one body of a resource for all the operations on it.
func (s *story) terraform(method, path string, body any, want int) reply {
	got := s.send(call{
		method: method, path: "/api/v2.0" + path, user: "admin", password: s.password,
		body: string(toJSON(body)) + "\n", header: http.Header{"Content-Type": {"application/json"}},
	})
	if got.status != want {
		panic(failure{fmt.Sprintf("%s: %s %s replied %d: %s", teller(), method, path, got.status, got.body)})
	}
	return got
}

// idOf is what the provider keeps of a Location: the path below the API.
func idOf(got reply) string { return strings.TrimPrefix(got.header.Get("Location"), "/api/v2.0") }

// tellTerraform makes, reads, changes and deletes what the provider's resources stand for.
func tellTerraform(s *story) {
	ship, sailor := "/projects/not-made", "/users/0"
	s.step("a project", func() { ship = tellTerraformProject(s) })
	s.step("a user", func() { sailor = tellTerraformUser(s) })
	s.step("a member", func() {
		body := map[string]any{"role_id": 3, "member_user": map[string]string{"username": "tess"}}
		id := idOf(s.terraform("POST", ship+"/members", body, 201))
		body["role_id"] = 2
		s.terraform("PUT", id, body, 200)
		var read models.ProjectMemberEntity
		must(0, json.Unmarshal(s.terraform("GET", id, nil, 200).body, &read))
		same(s, "the role", read.RoleID, 2)
		s.terraform("DELETE", id, nil, 200)
		s.terraform("GET", id, nil, 404)
	})
	s.step("labels", func() {
		global := idOf(s.terraform("POST", "/labels", map[string]any{"name": "planned", "color": "false", "scope": "g"}, 201))
		s.terraform("PUT", global, map[string]any{"name": "planned", "color": "#FFFFFF", "description": "d", "scope": "g"}, 200)
		number := strings.TrimPrefix(ship, "/projects/")
		own := map[string]any{"name": "own", "scope": "p", "project_id": json.Number(number)}
		s.terraform("DELETE", idOf(s.terraform("POST", "/labels", own, 201)), nil, 200)
		s.terraform("DELETE", global, nil, 200)
		s.terraform("GET", global, nil, 404)
	})
	s.step("the settings", func() {
		body := map[string]any{"project_creation_restriction": "everyone", "read_only": false, "robot_token_duration": 30}
		s.terraform("PUT", "/configurations", body, 200)
	})
	s.step("lists to their ends", func() {
		for _, path := range []string{"/users?page=%d&q=username=tess,email=tess@example.test", "/projects?page=%d"} {
			count := 1
			for page := 1; count > 0 && page < 100; page++ {
				var rows []map[string]any
				must(0, json.Unmarshal(s.terraform("GET", fmt.Sprintf(path, page), nil, 200).body, &rows))
				count = len(rows)
			}
		}
	})
	s.step("all away", func() {
		s.terraform("DELETE", sailor, nil, 200)
		s.terraform("DELETE", ship, nil, 200)
	})
}

// tellTerraformProject makes a project and gives its path.
func tellTerraformProject(s *story) string {
	metadata := map[string]string{
		"auto_scan": "false", "public": "false", "severity": "low", "prevent_vul": "false",
		"enable_content_trust": "false", "reuse_sys_cve_allowlist": "true",
	}
	body := map[string]any{"project_name": "plan", "storage_limit": -1, "cve_allowlist": map[string]any{}, "metadata": metadata}
	ship := idOf(s.terraform("POST", "/projects", body, 201))
	var read struct{ Metadata map[string]string }
	must(0, json.Unmarshal(s.terraform("GET", ship, nil, 200).body, &read))
	same(s, "public", read.Metadata["public"], "false")
	metadata["public"] = "true"
	s.terraform("PUT", ship, body, 200)
	return ship
}

// tellTerraformUser makes a user, changes each thing of it with one and the same body, and gives its path.
func tellTerraformUser(s *story) string {
	body := map[string]any{
		"username": "tess", "password": firstPassword, "new_password": firstPassword, "email": "tess@example.test",
		"realname": "Tess", "comment": "", "sysadmin_flag": false,
	}
	sailor := idOf(s.terraform("POST", "/users", body, 201))
	s.terraform("GET", sailor, nil, 200)
	body["realname"], body["sysadmin_flag"], body["new_password"] = "Tess T.", true, "Sailor-man-3"
	s.terraform("PUT", sailor, body, 200)
	s.terraform("PUT", sailor+"/sysadmin", body, 200)
	s.terraform("PUT", sailor+"/password", body, 200)
	body["sysadmin_flag"] = false
	s.terraform("PUT", sailor+"/sysadmin", body, 200)
	return sailor
}

// tellHarborCli sends what harbor-cli sends through the same kind of client: names as names, zeros where nothing was
// asked for, and whole rows written back.
func tellHarborCli(s *story) {
	admin, isName, zero, empty := s.admin(), ptr(true), ptr(int64(0)), ptr("")
	s.step("a project", func() {
		body := &models.ProjectReq{ProjectName: "cli", Public: ptr(false), StorageLimit: ptr(int64(-1)), Metadata: &models.ProjectMetadata{Public: "false"}}
		must(admin.Project.CreateProject(&project.CreateProjectParams{Project: body}, nil))
		must(admin.Project.GetProject(&project.GetProjectParams{ProjectNameOrID: "cli", XIsResourceName: isName}, nil))
		change := &models.ProjectReq{Metadata: &models.ProjectMetadata{Public: "true"}}
		must(admin.Project.UpdateProject(&project.UpdateProjectParams{ProjectNameOrID: "cli", XIsResourceName: isName, Project: change}, nil))
		all := must(admin.ProjectMetadata.ListProjectMetadatas(&project_metadata.ListProjectMetadatasParams{ProjectNameOrID: "cli", XIsResourceName: isName}, nil)).Payload
		same(s, "public", all["public"], "true")
	})
	s.step("lists", func() {
		listed := must(admin.Project.ListProjects(&project.ListProjectsParams{Page: zero, PageSize: zero, Q: empty, Sort: empty, Name: empty, Public: ptr(false)}, nil))
		same(s, "all private projects", int64(len(listed.Payload)), listed.XTotalCount)
		must(admin.User.ListUsers(&user.ListUsersParams{Page: zero, PageSize: zero, Q: empty, Sort: empty}, nil))
		must(admin.Label.ListLabels(&label.ListLabelsParams{Page: ptr(int64(1)), PageSize: ptr(int64(20)), Q: empty, Sort: empty, Scope: ptr("g"), ProjectID: zero}, nil))
	})
	s.step("members", func() {
		body := &models.ProjectMember{RoleID: 1, MemberUser: &models.UserEntity{UserID: s.users["fay"], Username: "fay"}}
		must(admin.Member.CreateProjectMember(&member.CreateProjectMemberParams{ProjectNameOrID: "cli", XIsResourceName: isName, ProjectMember: body}, nil))
		found := must(admin.Member.ListProjectMembers(&member.ListProjectMembersParams{ProjectNameOrID: "cli", XIsResourceName: isName, Entityname: ptr("fay"), Page: zero, PageSize: zero}, nil)).Payload
		same(s, "the members called fay", len(found), 1)
		must(admin.Member.DeleteProjectMember(&member.DeleteProjectMemberParams{ProjectNameOrID: "cli", XIsResourceName: isName, Mid: found[0].ID}, nil))
	})
	s.step("a repository, written back whole", func() {
		pusher{s, "ann", "harbour/raft"}.image("latest", "amd64", "raft")
		read := &repository.GetRepositoryParams{ProjectName: "harbour", RepositoryName: "raft"}
		row := must(admin.Repository.GetRepository(read, nil)).Payload
		row.Description = "planks"
		must(admin.Repository.UpdateRepository(&repository.UpdateRepositoryParams{ProjectName: "harbour", RepositoryName: "raft", Repository: row}, nil))
		same(s, "the description", must(admin.Repository.GetRepository(read, nil)).Payload.Description, "planks")
	})
	s.step("log and end", func() {
		logged := must(admin.Project.GetLogExts(&project.GetLogExtsParams{ProjectName: "cli", Page: zero, PageSize: zero, Q: empty, Sort: empty}, nil)).Payload
		s.expect(len(logged) >= 3, "%d rows of the project", len(logged))
		must(admin.Project.DeleteProject(&project.DeleteProjectParams{ProjectNameOrID: "cli", XIsResourceName: isName}, nil))
	})
}

// tellHarborapi sends what the Python client harborapi sends: parameters by their names, no body type without a body,
// and links followed to the end.
func tellHarborapi(s *story) {
	s.step("links", func() {
		all := followLinks(s, "/api/v2.0/auditlog-exts?page_size=7&sort=op_time&q="+url.QueryEscape("operation=~e,resource_type={member project}"), "id")
		one := s.send(call{method: "GET", path: "/api/v2.0/auditlog-exts?page_size=1&q=" + url.QueryEscape("operation=~e,resource_type={member project}"), user: "cid", password: firstPassword})
		same(s, "the rows", fmt.Sprint(len(all)), one.header.Get("X-Total-Count"))
	})
	s.step("a delete without a type", func() {
		got := s.send(call{method: "DELETE", path: "/api/v2.0/projects/no-such-project", user: "admin", password: s.password})
		same(s, "the status", got.status, 404)
	})
	s.step("extra parameters", func() {
		got := s.send(call{method: "GET", path: "/api/v2.0/audit-logs?query=x&page=1&page_size=10", user: "admin", password: s.password})
		same(s, "the status", got.status, 200)
	})
}

// tellBrowser signs in by form with a cookie jar; what changes anything then needs the token of the session.
func tellBrowser(s *story) {
	jar := must(cookiejar.New(nil))
	over := &http.Client{Jar: jar, Timeout: patient.Timeout}
	form := func(name, password string) reply {
		return s.send(call{
			method: "POST", path: "/c/login", over: over,
			body:   url.Values{"principal": {name}, "password": {password}}.Encode(),
			header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		})
	}
	browser := s.with("", "", over)
	profile := &user.UpdateUserProfileParams{UserID: s.users["fay"], Profile: &models.UserProfile{Email: "fay@ships.test", Realname: "Fay"}}
	s.step("sign in", func() {
		same(s, "a wrong password", form("gus", "Not-my-password-1").status, 401)
		same(s, "the right one", form("fay", firstPassword).status, 200)
		same(s, "my name", must(browser.User.GetCurrentUserInfo(&user.GetCurrentUserInfoParams{}, nil)).Payload.Username, "fay")
	})
	s.step("change something", func() {
		_, err := browser.User.UpdateUserProfile(profile, nil)
		refused[*user.UpdateUserProfileForbidden](s, err)
		path := fmt.Sprintf("/api/v2.0/users/%d", s.users["fay"])
		token := s.send(call{method: "GET", path: "/api/v2.0/users/current", over: over}).header.Get("X-Harbor-CSRF-Token")
		header := http.Header{"X-Harbor-Csrf-Token": {token}, "Content-Type": {"application/json"}}
		got := s.send(call{method: "PUT", path: path, over: over, body: string(toJSON(profile.Profile)), header: header})
		same(s, "with the token", got.status, 200)
		// Basic with a jar is no way around it.
		_, err = s.with("fay", firstPassword, over).User.UpdateUserProfile(profile, nil)
		refused[*user.UpdateUserProfileForbidden](s, err)
	})
	s.step("sign out", func() {
		s.send(call{method: "GET", path: "/c/log_out", over: over})
		_, err := browser.User.GetCurrentUserInfo(&user.GetCurrentUserInfoParams{}, nil)
		refused[*user.GetCurrentUserInfoUnauthorized](s, err)
	})
}
