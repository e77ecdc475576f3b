package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"berth.test/harbor/client/artifact"
	"berth.test/harbor/client/label"
	"berth.test/harbor/models"
)

func labelName(each *models.Label) string { return each.Name }

// tellLabels makes labels, puts them on artifacts, and finds artifacts by them.
func tellLabels(s *story) {
	admin, ann := s.admin(), s.as("ann", firstPassword)
	ids := map[string]int64{}
	create := func(made *label.CreateLabelCreated, err error) int64 {
		return idAtEnd(s, must(made, err).Location, "/api/v2.0/labels/")
	}
	s.step("create", func() {
		ids["global"] = create(admin.Label.CreateLabel(&label.CreateLabelParams{Label: &models.Label{Name: "seaworthy", Scope: "g", Color: "#0065AB"}}, nil))
		own := &models.Label{Name: "<wet> 湿", Scope: "p", ProjectID: s.projects["harbour"], Description: "it's \"wet\""}
		ids["own"] = create(ann.Label.CreateLabel(&label.CreateLabelParams{Label: own}, nil))
		foreign := &models.Label{Name: "dry", Scope: "p", ProjectID: s.projects["quay"]}
		ids["foreign"] = create(ann.Label.CreateLabel(&label.CreateLabelParams{Label: foreign}, nil))
	})
	s.step("read and list", func() {
		one := must(ann.Label.GetLabelByID(&label.GetLabelByIDParams{LabelID: ids["own"]}, nil)).Payload
		same(s, "the name", one.Name, "<wet> 湿")
		same(s, "the project", one.ProjectID, s.projects["harbour"])
		global := must(ann.Label.ListLabels(&label.ListLabelsParams{Scope: ptr("g")}, nil))
		sameList(s, "the global labels", pick(global.Payload, labelName), []string{"seaworthy"})
		own := must(ann.Label.ListLabels(&label.ListLabelsParams{Scope: ptr("p"), ProjectID: ptr(s.projects["harbour"]), Name: ptr("wet")}, nil))
		same(s, "the labels of harbour", own.XTotalCount, 1)
	})
	s.step("change", func() {
		change := must(ann.Label.GetLabelByID(&label.GetLabelByIDParams{LabelID: ids["own"]}, nil)).Payload
		change.Color = "#AB6500"
		must(ann.Label.UpdateLabel(&label.UpdateLabelParams{LabelID: ids["own"], Label: change}, nil))
		same(s, "the colour", must(ann.Label.GetLabelByID(&label.GetLabelByIDParams{LabelID: ids["own"]}, nil)).Payload.Color, "#AB6500")
	})
	s.step("on an artifact", func() { tellLabelled(s, ids) })
	s.step("refusals", func() {
		_, err := admin.Label.CreateLabel(&label.CreateLabelParams{Label: &models.Label{Name: "seaworthy", Scope: "g"}}, nil)
		refused[*label.CreateLabelConflict](s, err)
		_, err = admin.Label.CreateLabel(&label.CreateLabelParams{Label: &models.Label{Name: "x", Scope: "q"}}, nil)
		refused[*label.CreateLabelBadRequest](s, err)
		_, err = ann.Label.ListLabels(&label.ListLabelsParams{Scope: ptr("p")}, nil)
		refused[*label.ListLabelsBadRequest](s, err)
		_, err = ann.Label.GetLabelByID(&label.GetLabelByIDParams{LabelID: 987654}, nil)
		refused[*label.GetLabelByIDNotFound](s, err)
	})
	s.step("delete", func() {
		for _, name := range []string{"own", "foreign"} {
			must(ann.Label.DeleteLabel(&label.DeleteLabelParams{LabelID: ids[name]}, nil))
		}
		must(admin.Label.DeleteLabel(&label.DeleteLabelParams{LabelID: ids["global"]}, nil))
		_, err := admin.Label.DeleteLabel(&label.DeleteLabelParams{LabelID: ids["global"]}, nil)
		refused[*label.DeleteLabelNotFound](s, err)
	})
}

// tellLabelled puts labels on an artifact, finds it by them, and takes one away.
func tellLabelled(s *story, ids map[string]int64) {
	cid := s.as("cid", firstPassword)
	add := func(id int64) *artifact.AddLabelParams {
		return &artifact.AddLabelParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Reference: "v1", Label: &models.Label{ID: id}}
	}
	must(cid.Artifact.AddLabel(add(ids["global"]), nil))
	must(cid.Artifact.AddLabel(add(ids["own"]), nil))
	_, err := cid.Artifact.AddLabel(add(ids["own"]), nil)
	refused[*artifact.AddLabelConflict](s, err)
	_, err = cid.Artifact.AddLabel(add(ids["foreign"]), nil)
	refused[*artifact.AddLabelNotFound](s, err)
	with := boat("v1")
	with.WithLabel = ptr(true)
	same(s, "the labels", len(must(cid.Artifact.GetArtifact(with, nil)).Payload.Labels), 2)
	both := boats()
	both.Q = ptr(fmt.Sprintf("labels=(%d %d)", ids["global"], ids["own"]))
	same(s, "the artifacts with both", must(cid.Artifact.ListArtifacts(both, nil)).XTotalCount, 1)
	remove := &artifact.RemoveLabelParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Reference: "v1", LabelID: ids["global"]}
	must(cid.Artifact.RemoveLabel(remove, nil))
	same(s, "the artifacts with both", must(cid.Artifact.ListArtifacts(both, nil)).XTotalCount, 0)
	_, err = cid.Artifact.RemoveLabel(remove, nil)
	refused[*artifact.RemoveLabelNotFound](s, err)
}

// tellAccessories signs an image in both ways that clients know, and lists what belongs to it.
func tellAccessories(s *story) {
	dee := s.as("dee", firstPassword)
	push := pusher{s, "cid", "harbour/deep/er/boat"}
	image, signature := descriptor{}, descriptor{}
	s.step("push", func() {
		image = push.image("v1", "amd64", "boat-1")
		signature = push.signature(image)
		push.referrer(image, sigstore)
		push.referrer(image, "application/vnd.example.notes")
	})
	s.step("list", func() {
		params := &artifact.ListAccessoriesParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Reference: "v1"}
		listed := must(dee.Artifact.ListAccessories(params, nil))
		same(s, "the count", listed.XTotalCount, 3)
		kinds := map[string]int{}
		for _, each := range listed.Payload {
			kinds[each.Type]++
			same(s, "the subject", each.SubjectArtifactDigest, image.Digest)
			same(s, "its repository", each.SubjectArtifactRepo, "harbour/deep/er/boat")
		}
		same(s, "the signatures", kinds["signature.cosign"], 2)
		same(s, "the others", kinds["subject.accessory"], 1)
		params.Q = ptr("type=signature.cosign")
		same(s, "the signatures by q", must(dee.Artifact.ListAccessories(params, nil)).XTotalCount, 2)
	})
	s.step("with the artifact", func() {
		with := boat("v1")
		with.WithAccessory = ptr(true)
		same(s, "the accessories", len(must(dee.Artifact.GetArtifact(with, nil)).Payload.Accessories), 3)
		for _, each := range must(dee.Artifact.ListArtifacts(boats(), nil)).Payload {
			s.expect(each.Digest != signature.Digest, "a signature is listed as an artifact")
		}
	})
}

// tellAdditions reads what artifacts carry beside their layers.
func tellAdditions(s *story) {
	dee := s.as("dee", firstPassword)
	read := func(repository, reference, name string) string {
		params := &artifact.GetAdditionParams{ProjectName: "harbour", RepositoryName: twice(repository), Reference: reference, Addition: name}
		return must(dee.Artifact.GetAddition(params, nil)).Payload
	}
	s.step("the history of an image", func() {
		var history []struct {
			CreatedBy string `json:"created_by"`
		}
		must(0, json.Unmarshal([]byte(read("deep/er/boat", "v1", "build_history")), &history))
		same(s, "the steps", len(history), 2)
		same(s, "the first step", history[0].CreatedBy, "RUN make boat-1")
	})
	s.step("the files of a chart", func() {
		pusher{s, "cid", "harbour/charts/anchor"}.chart("1.2.3")
		chart := must(dee.Artifact.GetArtifact(&artifact.GetArtifactParams{ProjectName: "harbour", RepositoryName: twice("charts/anchor"), Reference: "1.2.3"}, nil)).Payload
		same(s, "the type", chart.Type, "CHART")
		same(s, "the version", fmt.Sprint(chart.ExtraAttrs["version"]), "1.2.3")
		same(s, "values.yaml", read("charts/anchor", "1.2.3", "values.yaml"), "weight: 5\n")
		same(s, "readme.md", read("charts/anchor", "1.2.3", "readme.md"), "# Anchor 港\n")
		s.expect(strings.Contains(read("charts/anchor", "1.2.3", "dependencies"), `"chain"`), "no dependency called chain")
	})
	s.step("refusals", func() {
		params := &artifact.GetAdditionParams{ProjectName: "harbour", RepositoryName: twice("deep/er/boat"), Reference: "v1", Addition: "values.yaml"}
		_, err := dee.Artifact.GetAddition(params, nil)
		refused[*artifact.GetAdditionBadRequest](s, err)
		params.Reference = "v9"
		_, err = dee.Artifact.GetAddition(params, nil)
		refused[*artifact.GetAdditionNotFound](s, err)
	})
}
