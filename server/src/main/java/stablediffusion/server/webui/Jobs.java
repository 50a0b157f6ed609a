package stablediffusion.server.webui;

import stablediffusion.model.pipeline.Phase;
import stablediffusion.server.http.Exchange;
import stablediffusion.server.painting.Encoded;
import stablediffusion.server.painting.Studio;
import stablediffusion.server.queue.Job;
import stablediffusion.server.queue.Preview;
import stablediffusion.server.queue.Progress;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells of and acts on a client's jobs. The web UI has one client; here each sees its own jobs only. */
final class Jobs {
    private final Studio studio;

    Jobs(Studio studio) {
        this.studio = studio;
    }

    private List<Job> running(String client) {
        return studio.queue().jobs(client).stream().filter(job -> job.progress().state() == Progress.State.RUNNING).toList();
    }

    void interrupt(String client) {
        running(client).forEach(Job::interrupt);
    }

    void skip(String client) {
        running(client).forEach(Job::skip);
    }

    void answerProgress(Exchange exchange) throws IOException {
        boolean withImage = exchange.query("skip_current_image").filter("true"::equalsIgnoreCase).isEmpty();
        List<Job> jobs = studio.queue().jobs(exchange.client());
        Optional<Job> first = jobs.stream().findFirst();
        if (withImage) {
            first.ifPresent(Job::wantPreviews);
        }
        Optional<Progress> progress = first.map(Job::progress);
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("progress", progress.map(Progress::fraction).orElse(0.0));
        answer.put("eta_relative", progress.flatMap(Progress::left).map(left -> left.toMillis() / 1000.0).orElse(0.0));
        answer.put("state", state(progress, jobs.size()));
        answer.put("current_image", progress.filter(_ -> withImage).flatMap(Progress::preview).map(Preview::image)
                .map(image -> Encoded.base64(Encoded.png(image))).orElse(null));
        answer.put("textinfo", progress.map(Jobs::text).orElse(null));
        exchange.sendJson(answer);
    }

    private static String text(Progress progress) {
        return progress.position() > 0 ? "waiting, position " + progress.position()
                : progress.phase().map(Phase::description).orElse("");
    }

    private static Map<String, Object> state(Optional<Progress> progress, int jobs) {
        Map<String, Object> state = new LinkedHashMap<>();
        state.put("skipped", false);
        state.put("interrupted", false);
        state.put("stopping_generation", false);
        state.put("job", progress.map(now -> "Batch " + (now.finished() + 1) + " out of " + now.total()).orElse(""));
        state.put("job_count", jobs);
        state.put("job_timestamp", StateTime.now());
        state.put("job_no", progress.map(Progress::finished).orElse(0));
        state.put("sampling_step", progress.map(Progress::step).orElse(0));
        state.put("sampling_steps", progress.map(Progress::steps).orElse(0));
        return state;
    }
}
