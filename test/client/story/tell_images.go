package main

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"berth.test/harbor/client/artifact"
	"berth.test/harbor/client/icon"
	"berth.test/harbor/client/project"
	"berth.test/harbor/client/repository"
	"berth.test/harbor/models"
)

// twice encodes a repository's name as the generated client must be given it: it encodes a second time itself.
func twice(name string) string { return url.PathEscape(name) }

func repositoryName(each *models.Repository) string { return each.Name }
func artifactDigest(each *models.Artifact) string   { return each.Digest }
func tagName(each *models.Tag) string               { return each.Name }

// tellRepositories pushes and lists repositories, whose names have slashes.
func tellRepositories(s *story) {
	cid := s.as("cid", firstPassword)
	s.step("push", func() {
		pusher{s, "cid", "harbour/deep/er/boat"}.image("v1", "amd64", "boat-1")
		pusher{s, "cid", "harbour/raft"}.image("latest", "amd64", "raft")
		pusher{s, "ann", "quay/bench"}.image("oak", "amd64", "bench")
	})
	s.step("list", func() {
		listed := must(cid.Repository.ListRepositories(&repository.ListRepositoriesParams{ProjectName: "harbour", Sort: ptr("name")}, nil))
		sameList(s, "the repositories", pick(listed.Payload, repositoryName), []string{"harbour/deep/er/boat", "harbour/raft"})
		some := must(cid.Repository.ListRepositories(&repository.ListRepositoriesParams{ProjectName: "harbour", Q: ptr("name=~er/bo")}, nil))
		sameList(s, "those like er/bo", pick(some.Payload, repositoryName), []string{"harbour/deep/er/boat"})
		all := must(s.as("fay", firstPassword).Repository.ListAllRepositories(&repository.ListAllRepositoriesParams{}, nil))
		sameList(s, "what fay sees", pick(all.Payload, repositoryName), []string{"quay/bench"})
		all = must(s.admin().Repository.ListAllRepositories(&repository.ListAllRepositoriesParams{Sort: ptr("name"), Q: ptr("name=~boat")}, nil))
		sameList(s, "what the administrator finds", pick(all.Payload, repositoryName), []string{"harbour/deep/er/boat"})
	})
	s.step("read one, encoded twice and once", func() {
		for _, name := range []string{twice("deep/er/boat"), "deep/er/boat"} {
			one := must(cid.Repository.GetRepository(&repository.GetRepositoryParams{ProjectName: "harbour", RepositoryName: name}, nil)).Payload
			same(s, "the name", one.Name, "harbour/deep/er/boat")
			same(s, "the project", one.ProjectID, s.projects["harbour"])
			same(s, "the number of artifacts", one.ArtifactCount, 1)
		}
	})
	s.step("describe", func() {
		params := &repository.UpdateRepositoryParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Repository: &models.Repository{Description: "a boat"}}
		must(cid.Repository.UpdateRepository(params, nil))
		one := must(cid.Repository.GetRepository(&repository.GetRepositoryParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat")}, nil)).Payload
		same(s, "the description", one.Description, "a boat")
		_, err := s.as("dee", firstPassword).Repository.UpdateRepository(params, nil)
		refused[*repository.UpdateRepositoryForbidden](s, err)
	})
	s.step("refusals", func() {
		_, err := cid.Repository.GetRepository(&repository.GetRepositoryParams{ProjectName: "harbour", RepositoryName: "submarine"}, nil)
		refused[*repository.GetRepositoryNotFound](s, err)
		_, err = cid.Repository.DeleteRepository(&repository.DeleteRepositoryParams{ProjectName: "harbour", RepositoryName: "raft"}, nil)
		refused[*repository.DeleteRepositoryForbidden](s, err)
		_, err = s.as("fay", firstPassword).Repository.ListRepositories(&repository.ListRepositoriesParams{ProjectName: "harbour"}, nil)
		refused[*repository.ListRepositoriesForbidden](s, err)
		_, err = s.admin().Repository.ListRepositories(&repository.ListRepositoriesParams{ProjectName: "no-such-project"}, nil)
		refused[*repository.ListRepositoriesNotFound](s, err)
	})
}

func boats() *artifact.ListArtifactsParams {
	return &artifact.ListArtifactsParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat")}
}

func boat(reference string) *artifact.GetArtifactParams {
	return &artifact.GetArtifactParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Reference: reference}
}

// tellArtifacts reads artifacts with every flag that there is.
func tellArtifacts(s *story) {
	dee := s.as("dee", firstPassword)
	var index descriptor
	var children []descriptor
	s.step("push an index", func() {
		index, children = pusher{s, "cid", "harbour/deep/er/boat"}.index("v2", "boat-2")
	})
	s.step("list", func() {
		listed := must(dee.Artifact.ListArtifacts(boats(), nil))
		same(s, "the count", listed.XTotalCount, 2)
		same(s, "the newest", listed.Payload[0].Digest, index.Digest)
		s.expect(len(listed.Payload[0].Tags) == 1, "tags are left out by default")
		bare := boats()
		bare.WithTag = ptr(false)
		s.expect(len(must(dee.Artifact.ListArtifacts(bare, nil)).Payload[0].Tags) == 0, "tags though none are wanted")
		base := boats()
		base.Q = ptr("base=*")
		same(s, "the count with children", must(dee.Artifact.ListArtifacts(base, nil)).XTotalCount, 4)
		for query, count := range map[string]int64{"tags=v2": 1, "tags=~V": 2, "tags=*": 2, "tags=nil": 0, "type=IMAGE": 2, "digest=" + index.Digest: 1} {
			some := boats()
			some.Q = ptr(query)
			same(s, "the count of "+query, must(dee.Artifact.ListArtifacts(some, nil)).XTotalCount, count)
		}
	})
	s.step("read one with everything", func() { tellWholeArtifact(s, index, children) })
	s.step("read an image and its icon", func() {
		one := must(dee.Artifact.GetArtifact(boat("v1"), nil)).Payload
		same(s, "the architecture", fmt.Sprint(one.ExtraAttrs["architecture"]), "amd64")
		same(s, "the author", fmt.Sprint(one.ExtraAttrs["author"]), "the story")
		link := one.AdditionLinks["build_history"]
		s.expect(strings.Contains(link.Href, "deep%252Fer%252Fboat"), "the link is %q", link.Href)
		got := must(dee.Icon.GetIcon(&icon.GetIconParams{Digest: one.Icon}, nil)).Payload
		s.expect(strings.HasPrefix(got.ContentType, "image/") && len(got.Content) > 100, "the icon is %q", got.ContentType)
		_, err := dee.Icon.GetIcon(&icon.GetIconParams{Digest: digestOf(nil)}, nil)
		refused[*icon.GetIconNotFound](s, err)
	})
	s.step("of the whole project", func() {
		params := &project.ListArtifactsOfProjectParams{ProjectNameOrID: "harbour"}
		listed := must(dee.Project.ListArtifactsOfProject(params, nil))
		same(s, "the count", listed.XTotalCount, 3)
		params.LatestInRepository, params.Q = ptr(true), ptr("media_type="+url.QueryEscape(ociConfig))
		latest := must(dee.Project.ListArtifactsOfProject(params, nil))
		names := pick(latest.Payload, func(each *models.Artifact) string { return each.RepositoryName })
		slices.Sort(names)
		sameList(s, "the repositories of the latest", names, []string{"harbour/deep/er/boat", "harbour/raft"})
	})
	s.step("refusals", func() {
		_, err := dee.Artifact.GetArtifact(boat("v9"), nil)
		refused[*artifact.GetArtifactNotFound](s, err)
		wrong := boats()
		wrong.Q = ptr("tags")
		_, err = dee.Artifact.ListArtifacts(wrong, nil)
		refused[*artifact.ListArtifactsBadRequest](s, err)
		_, err = dee.Artifact.DeleteArtifact(&artifact.DeleteArtifactParams{ProjectName: "harbour", RepositoryName: "raft", Reference: "latest"}, nil)
		refused[*artifact.DeleteArtifactForbidden](s, err)
	})
}

// tellWholeArtifact reads an index with all that can be asked for.
func tellWholeArtifact(s *story, index descriptor, children []descriptor) {
	dee := s.as("dee", firstPassword)
	all := boat("v2")
	all.WithTag, all.WithLabel, all.WithScanOverview, all.WithSbomOverview = ptr(true), ptr(true), ptr(true), ptr(true)
	all.WithAccessory, all.WithInheritedAccessory, all.WithSignature, all.WithImmutableStatus = ptr(true), ptr(true), ptr(true), ptr(true)
	one := must(dee.Artifact.GetArtifact(all, nil)).Payload
	same(s, "the digest", one.Digest, index.Digest)
	same(s, "the type", one.Type, "IMAGE")
	same(s, "the manifest's type", one.ManifestMediaType, ociIndex)
	same(s, "the repository", one.RepositoryName, "harbour/deep/er/boat")
	s.expect(time.Time(one.PullTime).Year() == 1, "pulled at %s though never", one.PullTime)
	s.expect(time.Since(time.Time(one.PushTime)) < time.Hour, "pushed at %s", one.PushTime)
	same(s, "the references", len(one.References), 2)
	same(s, "the first child", one.References[0].ChildDigest, children[0].Digest)
	same(s, "its platform", one.References[0].Platform.Architecture, "amd64")
	s.expect(!one.Tags[0].Immutable, "the tag is immutable")
}

// tellTags makes tags, lists and deletes them.
func tellTags(s *story) {
	cid, ben := s.as("cid", firstPassword), s.as("ben", firstPassword)
	newTag := func(name string) *artifact.CreateTagParams {
		return &artifact.CreateTagParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Reference: "v1", Tag: &models.NewTag{Name: name}}
	}
	list := &artifact.ListTagsParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Reference: "v1", Sort: ptr("name")}
	s.step("create and list", func() {
		for _, name := range []string{"stable", "v1.0", "V1_0-rc.1"} {
			must(cid.Artifact.CreateTag(newTag(name), nil))
		}
		listed := must(cid.Artifact.ListTags(list, nil))
		same(s, "the count", listed.XTotalCount, 4)
		list.Q, list.WithImmutableStatus = ptr("name=~1.0"), ptr(true)
		some := must(cid.Artifact.ListTags(list, nil))
		sameList(s, "the tags like 1.0", pick(some.Payload, tagName), []string{"v1.0"})
	})
	s.step("delete", func() {
		params := &artifact.DeleteTagParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Reference: "v1", TagName: "stable"}
		_, err := cid.Artifact.DeleteTag(params, nil)
		refused[*artifact.DeleteTagForbidden](s, err)
		must(ben.Artifact.DeleteTag(params, nil))
		_, err = ben.Artifact.DeleteTag(params, nil)
		refused[*artifact.DeleteTagNotFound](s, err)
	})
	s.step("refusals", func() {
		_, err := cid.Artifact.CreateTag(newTag("v2"), nil)
		refused[*artifact.CreateTagConflict](s, err)
		_, err = cid.Artifact.CreateTag(newTag("-no-tag"), nil)
		refused[*artifact.CreateTagBadRequest](s, err)
		_, err = s.as("dee", firstPassword).Artifact.CreateTag(newTag("mine"), nil)
		refused[*artifact.CreateTagForbidden](s, err)
	})
}

// tellCopies copies an index with its children into another repository.
func tellCopies(s *story) {
	cid, ann := s.as("cid", firstPassword), s.as("ann", firstPassword)
	s.step("copy", func() {
		params := &artifact.CopyArtifactParams{ProjectName: "harbour", RepositoryName: twice("copies/boat"), From: "harbour/deep/er/boat:v2"}
		made := must(cid.Artifact.CopyArtifact(params, nil))
		source := must(cid.Artifact.GetArtifact(boat("v2"), nil)).Payload
		s.expect(strings.HasPrefix(made.Location, "/api/v2.0/projects/harbour/repositories/copies%252Fboat/artifacts/"), "the location is %q", made.Location)
		copied := must(cid.Artifact.GetArtifact(&artifact.GetArtifactParams{ProjectName: "harbour", RepositoryName: twice("copies/boat"), Reference: "v2"}, nil)).Payload
		same(s, "the digest of the copy", copied.Digest, source.Digest)
		same(s, "the children of the copy", len(copied.References), 2)
		params.ProjectName, params.RepositoryName, params.From = "quay", "boat", "harbour/deep/er/boat@"+source.Digest
		must(ann.Artifact.CopyArtifact(params, nil))
	})
	s.step("refusals", func() {
		params := &artifact.CopyArtifactParams{ProjectName: "harbour", RepositoryName: "copy", From: "harbour/deep/er/boat:v9"}
		_, err := cid.Artifact.CopyArtifact(params, nil)
		refused[*artifact.CopyArtifactNotFound](s, err)
		params.From = "boat"
		_, err = cid.Artifact.CopyArtifact(params, nil)
		refused[*artifact.CopyArtifactBadRequest](s, err)
		params.ProjectName, params.From = "quay", "harbour/deep/er/boat:v1"
		_, err = s.as("fay", firstPassword).Artifact.CopyArtifact(params, nil)
		refused[*artifact.CopyArtifactForbidden](s, err)
	})
}
