package stablediffusion.model.pipeline;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.DeviceMemoryException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Vae;
import stablediffusion.model.sampler.NoiseLevels;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.NoiseSource;
import stablediffusion.model.sampler.SamplingContext;
import stablediffusion.model.sampler.StepListener;
import stablediffusion.model.text.Prompt;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.model.weights.Weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;

/**
 * Makes pictures from text, or from text and a picture. Keeps the compiled networks between runs; not for two threads at once.
 */
public final class Pipeline implements AutoCloseable {
    private final Configuration configuration;
    private final Networks networks;
    private final NoiseSchedule noiseSchedule = NoiseSchedule.stableDiffusion();
    private final Tokenizer tokenizer;
    private final List<Prompt.Lora> loras;

    public Pipeline(Configuration configuration, Weights weights, Engine engine) {
        this(configuration, weights, engine, new Tokenizer(), MemoryUse.UNLIMITED, List.of());
    }

    /**
     * Creates a pipeline; networks are loaded when they are first needed.
     *
     * @param tokenizer may know more words than CLIP's, for which the token table must have the rows
     * @param loras that are merged into the weights; a prompt that asks for others is an error
     */
    public Pipeline(
            Configuration configuration, Weights weights, Engine engine, Tokenizer tokenizer, MemoryUse memory, List<Prompt.Lora> loras) {
        this.loras = List.copyOf(loras);
        this.tokenizer = tokenizer;
        this.configuration = configuration;
        this.networks = new Networks(configuration, weights, engine, memory);
    }

    /**
     * Makes one picture.
     *
     * @throws stablediffusion.model.UserException where the request cannot be met
     * @throws CancellationException where the listener said so
     */
    public PipelineResult generate(Request request, PipelineListener listener) {
        return generate(request, 1, listener).getFirst();
    }

    /**
     * Makes several pictures together: the request's, and those of the seeds after it. Every call of the UNet computes a step of all. They are
     * decoded one after another.
     *
     * @param count number of pictures
     * @throws stablediffusion.model.UserException where the request cannot be met
     * @throws CancellationException where the listener said so
     */
    public List<PipelineResult> generate(Request request, int count, PipelineListener listener) {
        Request.requireBatch(request.width(), request.height(), count);
        return generate(request.batch(count), listener);
    }

    /**
     * Makes several pictures together, as {@link #generate(Request, int, PipelineListener)} does, whose requests may differ in their prompts.
     *
     * @param requests at least one; they differ in nothing but prompts, negative prompts and seeds, and their {@link PromptForms} have as
     *     many chunks
     * @throws stablediffusion.model.UserException where the requests cannot be met
     * @throws CancellationException where the listener said so
     */
    public List<PipelineResult> generate(List<Request> requests, PipelineListener listener) {
        requests.forEach(this::requireLoras);
        Request.requireBatch(requests.getFirst().width(), requests.getFirst().height(), requests.size());
        try {
            return denoiseAndDecode(requests, listener);
        } catch (DeviceMemoryException tooLarge) {
            throw requests.size() == 1 ? tooLarge : fewerTogether(tooLarge);
        }
    }

    private static DeviceMemoryException fewerTogether(DeviceMemoryException tooLarge) {
        List<Remedy> remedies = new ArrayList<>(tooLarge.remedies());
        remedies.addFirst(Remedy.MAKE_FEWER_TOGETHER);
        return new DeviceMemoryException(tooLarge.getMessage(), tooLarge, remedies.toArray(Remedy[]::new));
    }

    private List<PipelineResult> denoiseAndDecode(List<Request> requests, PipelineListener listener) {
        Request request = requests.getFirst();
        int count = requests.size();
        int scale = configuration.vae().scale();
        Shape shape = new Shape(count, request.height() / scale, request.width() / scale, configuration.unet().latentChannels());
        int passes = GuidedUnet.passes(request.guidanceScale());
        networks.requireRoom(shape, passes, configuration.text().positions());
        NoiseLevels levels = request.sampler().noiseLevels(noiseSchedule, request.schedule(), request.steps());
        ContextSchedule contexts = contexts(requests, levels.steps(), listener);
        networks.done(Networks.Network.TEXT_ENCODER);
        NoiseSource noise = BatchNoise.of(requests, shape);

        Optional<Start> start = request.source().map(source -> start(source, count, noise, listener));
        networks.done(Networks.Network.IMAGE_ENCODER);
        NoiseLevels taken = request.source().map(source -> levels.forStrength(source.strength())).orElse(levels);
        float[] latent =
                start.map(known -> taken.start(known.filled(shape.channels()), known.noise())).orElseGet(() -> taken.start(noise.next()));

        int tokens = contexts.current().shape().positions();
        networks.unet(shape, passes, tokens, listener);
        var model = new GuidedUnet(
                () -> networks.unet(shape, passes, tokens, PipelineListener.NONE), shape, contexts::current, request.guidanceScale());

        listener.phase(Phase.DENOISE);
        stopIfCancelled(listener);
        float[] sampled = request.sampler()
                .sample(new SamplingContext(noiseSchedule, taken, model, noise, listener(shape, start, contexts, listener)), latent);
        networks.done(Networks.Network.UNET);
        return decode(new Tensor(shape, sampled), start, listener);
    }

    private List<PipelineResult> decode(Tensor latents, Optional<Start> start, PipelineListener listener) {
        List<PipelineResult> results = new ArrayList<>();
        for (int i = 0; i < latents.shape().batch(); i++) {
            stopIfCancelled(listener);
            Tensor latent = latents.item(i);
            Picture painted = decode(latent, listener);
            results.add(new PipelineResult(latent, start.map(known -> known.composite(painted)).orElse(painted)));
            listener.finished(i, results.getLast());
        }
        networks.done(Networks.Network.IMAGE_DECODER);
        return results;
    }

    /** Decodes a latent, [1, height / 8, width / 8, 4]. */
    public Picture decode(Tensor latent, PipelineListener listener) {
        var decoder = networks.imageDecoder(latent.shape(), listener);
        listener.phase(Phase.DECODE_IMAGE);
        return Picture.fromTensor(decoder.run(Map.of(Vae.LATENT, scaled(latent, 1 / Vae.LATENT_SCALE))), 0);
    }

    /** Encodes a picture: returns the mean of the latent that the encoder predicts, without sampling. */
    public Tensor encode(Picture picture, PipelineListener listener) {
        Tensor pixels = picture.toTensor();
        var encoder = networks.imageEncoder(pixels.shape(), listener);
        listener.phase(Phase.ENCODE_IMAGE);
        Tensor moments = encoder.run(Map.of(Vae.PIXELS, pixels));
        int channels = configuration.vae().latentChannels();
        float[] mean = new float[moments.shape().rows() * channels];
        for (int row = 0; row < moments.shape().rows(); row++) {
            System.arraycopy(moments.values(), row * moments.shape().channels(), mean, row * channels, channels);
        }
        return scaled(new Tensor(moments.shape().withChannels(channels), mean), Vae.LATENT_SCALE);
    }

    /** Frees the compiled networks; the engine stays open. */
    @Override
    public void close() {
        networks.close();
    }

    private Start start(Source source, int count, NoiseSource noise, PipelineListener listener) {
        float[] latent = encode(source.filled(), listener).repeatItems(count).values();
        return new Start(source, latent, noise.next(), source.mask().map(mask -> mask.shrink(configuration.vae().scale())));
    }

    private StepListener listener(Shape shape, Optional<Start> start, ContextSchedule contexts, PipelineListener listener) {
        return step -> {
            contexts.stepDone();
            listener.step(step.index() + 1, step.count(), new Tensor(shape, step.denoised()));
            stopIfCancelled(listener);
            return start.map(known -> known.keep(step, shape.channels())).orElse(step.latent());
        };
    }

    private static void stopIfCancelled(PipelineListener listener) {
        if (listener.cancelled()) {
            throw new CancellationException();
        }
    }

    private void requireLoras(Request request) {
        List<Prompt.Lora> wanted = request.promptStyle().loras(request.prompt());
        if (!wanted.equals(loras)) {
            throw new UserException("the prompt asks for the LoRAs " + wanted + ", but " + loras + " are merged into the weights");
        }
    }

    /** Encodes each prompt once, in each of its forms, and joins those of all pictures for each step. */
    private ContextSchedule contexts(List<Request> requests, int steps, PipelineListener listener) {
        Map<List<String>, PromptForms> read = new LinkedHashMap<>();
        List<PromptForms> prompts = requests.stream()
                .map(request -> read.computeIfAbsent(List.of(request.prompt(), request.negativePrompt()), _ -> forms(request, steps)))
                .toList();
        int chunks = prompts.getFirst().chunks();
        if (prompts.stream().anyMatch(forms -> forms.chunks() != chunks)) {
            throw new IllegalArgumentException("prompts of different lengths cannot be read together");
        }
        PromptEncoder encoder = new PromptEncoder(networks.textEncoder(requests.getFirst().skippedLayers(), listener));
        listener.phase(Phase.ENCODE_PROMPT);
        Map<PromptForms, List<Tensor>> encoded = new HashMap<>();
        prompts.forEach(one -> encoded.computeIfAbsent(
                one, forms -> forms.forms().stream().map(form -> encoder.encode(form, chunks)).toList()));
        Map<List<Integer>, Tensor> joined = new HashMap<>();
        return new ContextSchedule(IntStream.range(0, steps)
                .mapToObj(step -> prompts.stream().map(forms -> forms.ofStep().get(step)).toList())
                .map(indices -> joined.computeIfAbsent(indices, _ -> Tensor.interleave(
                        IntStream.range(0, prompts.size()).mapToObj(i -> encoded.get(prompts.get(i)).get(indices.get(i))).toList())))
                .toList());
    }

    private PromptForms forms(Request request, int steps) {
        return PromptForms.of(
                request.promptStyle(), request.prompt(), request.negativePrompt(), request.guidanceScale(), steps, tokenizer);
    }

    private static Tensor scaled(Tensor tensor, float factor) {
        float[] values = tensor.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        return new Tensor(tensor.shape(), values);
    }
}
