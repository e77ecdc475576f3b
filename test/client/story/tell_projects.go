package main

import (
	"fmt"

	"berth.test/harbor/client/project"
	"berth.test/harbor/models"
)

// tellProjects makes projects and finds them again in every way that there is.
func tellProjects(s *story) {
	admin, ann := s.admin(), s.as("ann", firstPassword)
	s.step("create", func() {
		made := must(ann.Project.CreateProject(newProject("harbour", "false"), nil))
		s.projects["harbour"] = idAtEnd(s, made.Location, "/api/v2.0/projects/")
		public := newProject("quay", "true")
		public.XResourceNameInLocation, public.XRequestID = ptr(true), ptr("the-story-1")
		named := must(ann.Project.CreateProject(public, nil))
		same(s, "the location", named.Location, "/api/v2.0/projects/quay")
		same(s, "the request's id", named.XRequestID, "the-story-1")
		// A name that could be an id.
		must(admin.Project.CreateProject(newProject("4711", "false"), nil))
	})
	s.step("read by name and by id", func() {
		byName := must(ann.Project.GetProject(&project.GetProjectParams{ProjectNameOrID: "quay"}, nil)).Payload
		s.projects["quay"] = int64(byName.ProjectID)
		same(s, "the owner", byName.OwnerName, "ann")
		same(s, "the caller's role", byName.CurrentUserRoleID, 1)
		sameList(s, "the caller's roles", byName.CurrentUserRoleIds, []int32{1})
		same(s, "public", byName.Metadata.Public, "true")
		id := fmt.Sprint(s.projects["harbour"])
		byID := must(ann.Project.GetProject(&project.GetProjectParams{ProjectNameOrID: id}, nil)).Payload
		same(s, "the name", byID.Name, "harbour")
		number := &project.GetProjectParams{ProjectNameOrID: "4711", XIsResourceName: ptr(true)}
		s.projects["4711"] = int64(must(admin.Project.GetProject(number, nil)).Payload.ProjectID)
		number.XIsResourceName = nil
		_, err := admin.Project.GetProject(number, nil)
		refused[*project.GetProjectNotFound](s, err)
	})
	s.step("is a name taken", func() {
		must(ann.Project.HeadProject(&project.HeadProjectParams{ProjectName: "harbour"}, nil))
		_, err := ann.Project.HeadProject(&project.HeadProjectParams{ProjectName: "wharf"}, nil)
		refusedBare[*project.HeadProjectNotFound](s, err)
	})
	s.step("list", func() {
		names := func(params *project.ListProjectsParams) []string {
			listed := must(ann.Project.ListProjects(params, nil))
			return pick(listed.Payload, func(each *models.Project) string { return each.Name })
		}
		sameList(s, "those called like arb", names(&project.ListProjectsParams{Name: ptr("arb")}), []string{"harbour"})
		sameList(s, "ann's", names(&project.ListProjectsParams{Owner: ptr("ann")}), []string{"harbour", "quay"})
		sameList(s, "ann's, backwards", names(&project.ListProjectsParams{Owner: ptr("ann"), Sort: ptr("-name")}), []string{"quay", "harbour"})
		sameList(s, "the private ones", names(&project.ListProjectsParams{Public: ptr(false)}), []string{"harbour"})
		sameList(s, "by q", names(&project.ListProjectsParams{Q: ptr("name={harbour quay},owner_id=" + fmt.Sprint(s.users["ann"]))}), []string{"harbour", "quay"})
		sameList(s, "none", names(&project.ListProjectsParams{Q: ptr("name=wharf")}), []string{})
	})
	s.step("change, summary, deletable", func() {
		change := &models.ProjectReq{Metadata: &models.ProjectMetadata{Public: "false", AutoScan: ptr("false")}}
		must(ann.Project.UpdateProject(&project.UpdateProjectParams{ProjectNameOrID: "quay", Project: change}, nil))
		changed := must(ann.Project.GetProject(&project.GetProjectParams{ProjectNameOrID: "quay"}, nil)).Payload
		same(s, "public", changed.Metadata.Public, "false")
		change.Metadata.Public = "true"
		must(ann.Project.UpdateProject(&project.UpdateProjectParams{ProjectNameOrID: "quay", Project: change}, nil))
		summary := must(ann.Project.GetProjectSummary(&project.GetProjectSummaryParams{ProjectNameOrID: "harbour"}, nil)).Payload
		same(s, "the number of project administrators", summary.ProjectAdminCount, 1)
		deletable := must(ann.Project.GetProjectDeletable(&project.GetProjectDeletableParams{ProjectNameOrID: "quay"}, nil)).Payload
		s.expect(deletable.Deletable, "an empty project cannot be deleted: %s", deletable.Message)
	})
	s.step("refusals", func() { tellProjectsRefused(s) })
}

func tellProjectsRefused(s *story) {
	admin, ann, fay := s.admin(), s.as("ann", firstPassword), s.as("fay", firstPassword)
	_, err := ann.Project.CreateProject(newProject("harbour", "false"), nil)
	refused[*project.CreateProjectConflict](s, err)
	_, err = ann.Project.CreateProject(newProject("Not a name", "false"), nil)
	refused[*project.CreateProjectBadRequest](s, err)
	_, err = fay.Project.GetProject(&project.GetProjectParams{ProjectNameOrID: "harbour"}, nil)
	refused[*project.GetProjectForbidden](s, err)
	_, err = fay.Project.GetProject(&project.GetProjectParams{ProjectNameOrID: "no-such-project"}, nil)
	refused[*project.GetProjectForbidden](s, err)
	_, err = admin.Project.GetProject(&project.GetProjectParams{ProjectNameOrID: "no-such-project"}, nil)
	refused[*project.GetProjectNotFound](s, err)
	_, err = fay.Project.DeleteProject(&project.DeleteProjectParams{ProjectNameOrID: "quay"}, nil)
	refused[*project.DeleteProjectForbidden](s, err)
	_, err = ann.Project.ListProjects(&project.ListProjectsParams{PageSize: ptr(int64(101))}, nil)
	refused[*project.ListProjectsUnprocessableEntity](s, err)
	_, err = ann.Project.ListProjects(&project.ListProjectsParams{Q: ptr("flavour=salty")}, nil)
	refused[*project.ListProjectsBadRequest](s, err)
}

func newProject(name, public string) *project.CreateProjectParams {
	body := &models.ProjectReq{ProjectName: name, Metadata: &models.ProjectMetadata{Public: public}}
	return &project.CreateProjectParams{Project: body}
}
