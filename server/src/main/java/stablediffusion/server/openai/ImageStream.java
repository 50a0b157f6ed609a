package stablediffusion.server.openai;

import stablediffusion.GeneratedImage;
import stablediffusion.server.http.Events;
import stablediffusion.server.http.Exchange;
import stablediffusion.server.painting.Encoded;
import stablediffusion.server.queue.Job;
import stablediffusion.server.queue.Preview;
import stablediffusion.server.queue.Progress;

import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Answers pictures as a stream of events: previews, then the picture. */
final class ImageStream {
    private final Exchange exchange;
    private final Job job;
    private final ImageRequest request;
    private final String kind;
    private int sentPreviews;
    private int seenPreview;

    /** @param kind begins the names of events: {@code image_generation} or {@code image_edit} */
    ImageStream(Exchange exchange, Job job, ImageRequest request, String kind) {
        this.exchange = exchange;
        this.job = job;
        this.request = request;
        this.kind = kind;
    }

    void send() throws IOException {
        if (request.partialImages() > 0) {
            job.wantPreviews();
        }
        Events events = exchange.sendEvents();
        exchange.await(job, progress -> follow(progress, events));
        for (GeneratedImage image : job.images()) {
            Map<String, Object> completed = event(".completed", image.toPng(), image.width() + "x" + image.height());
            completed.put("usage", Map.of("input_tokens", 0, "output_tokens", 0, "total_tokens", 0,
                    "input_tokens_details", Map.of("text_tokens", 0, "image_tokens", 0)));
            events.send(kind + ".completed", completed);
        }
    }

    private void follow(Progress progress, Events events) throws IOException {
        Optional<Preview> fresh = progress.preview().filter(preview -> preview.number() != seenPreview);
        if (fresh.isEmpty() || !isDue(progress)) {
            events.keepAlive();
            return;
        }
        seenPreview = fresh.get().number();
        var image = fresh.get().image();
        Map<String, Object> partial = event(".partial_image", Encoded.png(image), image.getWidth() + "x" + image.getHeight());
        partial.put("partial_image_index", sentPreviews++);
        events.send(kind + ".partial_image", partial);
    }

    /** Spreads the previews over the job. */
    private boolean isDue(Progress progress) {
        return sentPreviews < request.partialImages()
                && progress.fraction() >= (double) (sentPreviews + 1) / (request.partialImages() + 1) * (1 - 1.0 / (progress.steps() + 1));
    }

    private Map<String, Object> event(String name, byte[] png, String size) {
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("type", kind + name);
        event.put("b64_json", Encoded.base64(png));
        event.put("created_at", Instant.now().getEpochSecond());
        event.put("size", size);
        event.put("quality", "auto");
        event.put("background", "opaque");
        event.put("output_format", "png");
        return event;
    }
}
