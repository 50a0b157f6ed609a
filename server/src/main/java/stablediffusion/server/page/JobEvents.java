package stablediffusion.server.page;

import stablediffusion.GeneratedImage;
import stablediffusion.model.pipeline.Phase;
import stablediffusion.server.http.Events;
import stablediffusion.server.http.Exchange;
import stablediffusion.server.painting.Encoded;
import stablediffusion.server.queue.Job;
import stablediffusion.server.queue.Preview;
import stablediffusion.server.queue.Progress;
import stablediffusion.server.webui.PictureAnswer;
import stablediffusion.server.webui.PictureRequest;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Follows a job with events: its place in the queue, its progress, previews, and each picture as soon as it is finished. */
final class JobEvents {
    private final Exchange exchange;
    private final PictureRequest request;
    private final Job job;
    private int seenPreview;
    private int sentImages;
    private long seenVersion = -1;

    JobEvents(Exchange exchange, PictureRequest request, Job job) {
        this.exchange = exchange;
        this.request = request;
        this.job = job;
    }

    void send() throws IOException {
        job.wantPreviews();
        Events events = exchange.sendEvents();
        exchange.await(job, progress -> follow(progress, events));
        sendImages(events);
        Map<String, Object> info = PictureAnswer.info(request, job);
        events.send("done", Map.of("pictures", sentImages, "notes", info.get("notes")));
    }

    private void follow(Progress progress, Events events) throws IOException {
        if (progress.version() == seenVersion) {
            events.keepAlive();
            return;
        }
        seenVersion = progress.version();
        if (progress.state() == Progress.State.WAITING) {
            events.send("queued", Map.of("position", progress.position()));
            return;
        }
        sendImages(events);
        events.send("progress", description(progress));
        Optional<Preview> fresh = progress.preview().filter(preview -> preview.number() != seenPreview && preview.index() >= sentImages);
        if (fresh.isPresent()) {
            seenPreview = fresh.get().number();
            events.send("preview", Map.of("image", Encoded.base64(Encoded.jpeg(fresh.get().image()))));
        }
    }

    private static Map<String, Object> description(Progress progress) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("phase", progress.phase().map(Phase::description).orElse(""));
        description.put("step", progress.step());
        description.put("steps", progress.steps());
        description.put("finished", progress.finished());
        description.put("total", progress.total());
        description.put("fraction", progress.fraction());
        progress.left().ifPresent(left -> description.put("secondsLeft", left.toMillis() / 1000.0));
        return description;
    }

    private void sendImages(Events events) throws IOException {
        List<GeneratedImage> images = job.images();
        while (sentImages < images.size()) {
            GeneratedImage image = images.get(sentImages++);
            events.send("image", Map.of(
                    "image", Encoded.base64(image.toPng()),
                    "seed", image.request().seed(),
                    "width", image.width(),
                    "height", image.height(),
                    "prompt", image.request().prompt(),
                    "negativePrompt", image.request().negativePrompt(),
                    "settings", image.settings(),
                    "info", image.metadata()));
        }
    }
}
