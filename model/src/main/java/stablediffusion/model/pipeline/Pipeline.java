package stablediffusion.model.pipeline;

import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.network.Vae;
import stablediffusion.model.random.NormalGenerator;
import stablediffusion.model.sampler.NoiseLevels;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.NoiseSource;
import stablediffusion.model.sampler.SamplingContext;
import stablediffusion.model.sampler.StepListener;
import stablediffusion.model.text.Prompt;
import stablediffusion.model.text.Tokenizer;
import stablediffusion.model.weights.Weights;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

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
        requireLoras(request);
        int scale = configuration.vae().scale();
        Shape shape = new Shape(1, request.height() / scale, request.width() / scale, configuration.unet().latentChannels());
        int batch = GuidedUnet.batch(request.guidanceScale());
        Shape batched = new Shape(batch, shape.height(), shape.width(), shape.channels());
        networks.requireRoom(batched, configuration.text().positions());
        Tensor context = context(request, listener);
        NormalGenerator generator = request.rng().generator(request.seed());
        // torch draws channel by channel; here the channels of a pixel lie together.
        NoiseSource noise = () -> Tensor.fromChannelsFirst(shape, generator.normal(shape.size())).values();

        NoiseLevels levels = request.sampler().noiseLevels(noiseSchedule, request.schedule(), request.steps());
        Optional<Start> start = request.source().map(source -> start(source, noise, listener));
        NoiseLevels taken = request.source().map(source -> levels.forStrength(source.strength())).orElse(levels);
        float[] latent = start.map(known -> taken.start(known.latent(), known.noise())).orElseGet(() -> taken.start(noise.next()));

        int tokens = context.shape().positions();
        networks.unet(batched, tokens, listener);
        var model = new GuidedUnet(
                () -> networks.unet(batched, tokens, PipelineListener.NONE), shape, context, request.guidanceScale());

        listener.phase(Phase.DENOISE);
        stopIfCancelled(listener);
        float[] sampled = request.sampler()
                .sample(new SamplingContext(noiseSchedule, taken, model, noise, listener(shape, start, listener)), latent);
        Tensor result = new Tensor(shape, sampled);
        Picture painted = decode(result, listener);
        Picture picture = start.map(known -> known.composite(painted)).orElse(painted);
        return new PipelineResult(result, picture);
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

    /**
     * Holds a source on the scale of latents.
     *
     * @param noise noise that it is mixed with at the start, and its kept part at every step
     * @param repaint mask for each position of the latent
     */
    private record Start(Source source, float[] latent, float[] noise, Optional<Mask> repaint) {

        /** Returns the sampler's latent where it is repainted, the source's at that noise level elsewhere. */
        float[] keep(StepListener.Step step) {
            if (repaint.isEmpty()) {
                return step.latent();
            }
            float[] kept = step.level().mix(latent, noise);
            float[] shares = repaint.get().repaint();
            int channels = latent.length / shares.length;
            float[] blended = new float[latent.length];
            for (int i = 0; i < blended.length; i++) {
                float share = shares[i / channels];
                blended[i] = share * step.latent()[i] + (1 - share) * kept[i];
            }
            return blended;
        }

        Picture composite(Picture painted) {
            return source.mask().map(mask -> mask.composite(source.picture(), painted)).orElse(painted);
        }
    }

    private Start start(Source source, NoiseSource noise, PipelineListener listener) {
        float[] latent = encode(source.picture(), listener).values();
        return new Start(source, latent, noise.next(), source.mask().map(mask -> mask.shrink(configuration.vae().scale())));
    }

    private StepListener listener(Shape shape, Optional<Start> start, PipelineListener listener) {
        return step -> {
            listener.step(step.index() + 1, step.count(), new Tensor(shape, step.denoised()));
            stopIfCancelled(listener);
            return start.map(known -> known.keep(step)).orElse(step.latent());
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

    /** Encodes both prompts, or at a guidance scale of 1 the prompt alone. */
    private Tensor context(Request request, PipelineListener listener) {
        Prompt prompt = request.promptStyle().read(request.prompt(), tokenizer);
        Prompt negative = request.promptStyle().read(request.negativePrompt(), tokenizer);
        PromptEncoder encoder = new PromptEncoder(networks.textEncoder(request.skippedLayers(), listener));
        listener.phase(Phase.ENCODE_PROMPT);
        return encoder.encode(GuidedUnet.batch(request.guidanceScale()) == 1 ? List.of(prompt) : List.of(negative, prompt));
    }

    private static Tensor scaled(Tensor tensor, float factor) {
        float[] values = tensor.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        return new Tensor(tensor.shape(), values);
    }
}
