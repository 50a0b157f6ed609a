package stablediffusion.server.painting;

import stablediffusion.GenerationRequest;
import stablediffusion.server.http.HttpFailure;
import stablediffusion.server.http.Limits;
import stablediffusion.server.queue.EngineQueue;
import stablediffusion.server.queue.Job;
import stablediffusion.server.queue.JobRequest;

import java.util.Optional;
import java.util.OptionalInt;

/** Accepts what clients ask for within the limits, whatever the API. Safe for several threads. */
public final class Studio {
    private final EngineQueue queue;
    private final Catalog catalog;
    private final Limits limits;
    private final Optional<SavedPictures> saved;
    private volatile String model;
    private volatile int clipSkip = GenerationRequest.DEFAULT_CLIP_SKIP;

    /**
     * @param model that is used where a request names none
     * @param saved where pictures are saved if a client asks for it; empty: nowhere
     */
    public Studio(EngineQueue queue, Catalog catalog, Limits limits, String model, Optional<SavedPictures> saved) {
        this.queue = queue;
        this.catalog = catalog;
        this.limits = limits;
        this.model = model;
        this.saved = saved;
    }

    public EngineQueue queue() {
        return queue;
    }

    public Catalog catalog() {
        return catalog;
    }

    public Limits limits() {
        return limits;
    }

    public Optional<SavedPictures> saved() {
        return saved;
    }

    /** Returns the name of the model that is used where a request names none. */
    public String model() {
        return model;
    }

    /** Returns the layer of the text encoder that is used where a request names none, counted from the end. */
    public int clipSkip() {
        return clipSkip;
    }

    /** Sets the layer of the text encoder that is used where a request names none; from 1. */
    public void setClipSkip(int layer) {
        clipSkip = layer;
    }

    /** Sets the model of the requests that come from now on; those that wait keep theirs. */
    public void setModel(String name) {
        model = name;
    }

    /**
     * Finds a model by its name.
     *
     * @param named as the server lists it; the ending of a checkpoint, and a hash in brackets as the web UI appends it, do not matter
     */
    public Optional<String> findModel(String named) {
        String name = named.strip().replaceFirst(" \\[[0-9a-f]+]$", "").replaceFirst("\\.(ckpt|safetensors)$", "");
        return catalog.models().stream().filter(name::equals).findFirst();
    }

    /**
     * Checks a request and queues it.
     *
     * @param count number of pictures, whose seeds grow by one
     * @throws HttpFailure if it exceeds the limits
     * @throws stablediffusion.model.UserException if the model cannot do it
     * @throws stablediffusion.server.queue.QueueFullException if too many wait
     */
    public Job submit(String client, String model, GenerationRequest request, int count) {
        if (count > limits.images()) {
            throw new HttpFailure(HttpFailure.UNPROCESSABLE, count + " pictures are more than " + limits.images()
                    + ", the most that one request may ask for");
        }
        request.requireSeeds(count);
        requirePixels(request.width(), request.height());
        GenerationRequest prepared = queue.prepare(model, request);
        requirePixels(prepared.width(), prepared.height());
        return queue.submit(new JobRequest(client, model, prepared, count));
    }

    private void requirePixels(OptionalInt width, OptionalInt height) {
        if (width.isPresent() && height.isPresent() && (long) width.getAsInt() * height.getAsInt() > limits.pixels()) {
            throw new HttpFailure(HttpFailure.UNPROCESSABLE, "a picture of " + width.getAsInt() + "x" + height.getAsInt()
                    + " has more than " + limits.pixels() + " pixels, the most that may be asked for");
        }
    }
}
