package stablediffusion;

import stablediffusion.library.Adapters;
import stablediffusion.library.ImageSize;
import stablediffusion.library.ModelLibrary;
import stablediffusion.library.PipelineCache;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Precision;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Engine;
import stablediffusion.model.engine.EngineSettings;
import stablediffusion.model.engine.Engines;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.pipeline.MemoryUse;
import stablediffusion.model.pipeline.Phase;
import stablediffusion.model.pipeline.Pipeline;
import stablediffusion.model.pipeline.PipelineListener;
import stablediffusion.model.pipeline.PipelineResult;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.pipeline.Source;
import stablediffusion.model.weights.ModelDirectory;
import stablediffusion.weights.ConversionProgress;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Generates images from text, and from text and an image, with a Stable Diffusion v1 model.
 *
 * <pre>{@code
 * try (StableDiffusion sd = StableDiffusion.load(Path.of("sd-v1-4.ckpt"))) {
 *     GeneratedImage image = sd.generate(GenerationRequest.prompt("a cat").steps(20).seed(42).build());
 *     image.save(Path.of("cat.png"));
 * }
 * }</pre>
 *
 * <p>The networks are loaded for the first image and kept for the next. All methods may be called from any thread; images are computed one after
 * another, in the order of the calls. Failures that the caller can mend are {@link UserException}s.
 */
public final class StableDiffusion implements AutoCloseable {
    private final ModelDirectory model;
    private final Adapters adapters;
    private final Worker worker = new Worker();
    private final Engine engine;
    private final PipelineCache pipelines;

    private StableDiffusion(ModelDirectory model, Adapters adapters, String backend, EngineSettings settings, MemoryUse memory) {
        this.model = model;
        this.adapters = adapters;
        try {
            this.engine = worker.call(_ -> Engines.open(backend, settings));
        } catch (RuntimeException | Error failure) {
            worker.close(() -> {});
            throw failure;
        }
        this.pipelines = new PipelineCache(model, adapters, engine, memory);
    }

    /**
     * Opens a model with the default settings: the best device of this machine, the precision that suits it, as much memory as it takes.
     *
     * @param model a checkpoint (.ckpt or .safetensors), which is converted into a folder beside it on its first use, or a converted model's
     *     folder
     * @throws UserException if there is no such model, or it cannot be read or converted
     */
    public static StableDiffusion load(Path model) {
        return builder(model).load();
    }

    /**
     * Begins the settings for a model.
     *
     * @param model as for {@link #load}
     */
    public static Builder builder(Path model) {
        return new Builder(model.toString());
    }

    /**
     * Generates an image.
     *
     * @throws UserException if the request does not fit the model or the device, or a file that it names cannot be read
     * @throws IllegalStateException if this object is closed
     * @throws java.util.concurrent.CancellationException if this object was closed, or the calling thread was interrupted
     */
    public GeneratedImage generate(GenerationRequest request) {
        return generate(request, GenerationListener.NONE);
    }

    /**
     * Generates an image and reports how far it is.
     *
     * @throws UserException if the request does not fit the model or the device, or a file that it names cannot be read
     * @throws IllegalStateException if this object is closed
     * @throws java.util.concurrent.CancellationException if the listener asked for it, this object was closed, or the calling thread was
     *     interrupted
     */
    public GeneratedImage generate(GenerationRequest request, GenerationListener listener) {
        return generateBatch(request, 1, listener).getFirst();
    }

    /**
     * Generates several images together: the image of the request, and those of the seeds after it. They are the images that
     * {@link GenerationRequest#batch} would give one by one, up to rounding. The UNet computes a step of all of them at a time, which keeps
     * a GPU busier and takes as many times the memory of activations; a batch of another size or shape than the last one loads it again.
     *
     * @param size number of images, at least 1
     * @param listener follows the batch; receives each image as soon as it is finished
     * @return the images in the order of their seeds
     * @throws UserException if the request does not fit the model or the device, there are too many images for their size, or a file that it
     *     names cannot be read
     * @throws IllegalStateException if this object is closed
     * @throws java.util.concurrent.CancellationException as for one image; the listener has received the images that were finished
     */
    public List<GeneratedImage> generateBatch(GenerationRequest request, int size, GenerationListener listener) {
        GenerationRequest prepared = prepare(request);
        prepared.requireTogether(size);
        return generatePrepared(prepared, size, listener);
    }

    private List<GeneratedImage> generatePrepared(GenerationRequest prepared, int size, GenerationListener listener) {
        return worker.call(cancelled -> {
            prepared.notes().forEach(listener::note);
            return new Generation(prepared.batch(size), listener, cancelled).run();
        });
    }

    /**
     * Generates the images of several requests together; otherwise as {@link #generateBatch}.
     *
     * @param requests at least one; their {@link #batchKey}s are equal
     * @param listener follows the batch; receives each image, in the order of the requests, as soon as it is finished
     * @return the images in the order of the requests
     * @throws UserException if the requests do not fit each other, the model or the device, there are too many for their size, or a file that
     *     they name cannot be read
     * @throws IllegalStateException if this object is closed
     * @throws java.util.concurrent.CancellationException as for one image; the listener has received the images that were finished
     */
    public List<GeneratedImage> generateTogether(List<GenerationRequest> requests, GenerationListener listener) {
        List<GenerationRequest> prepared = requests.stream().map(this::prepare).toList();
        if (prepared.stream().map(this::batchKey).distinct().count() != 1) {
            throw new InvalidRequestException(
                    "these pictures cannot be made together: all but seeds and prompts must be the same, and the prompts of one length");
        }
        GenerationRequest first = prepared.getFirst();
        Request.requireBatch(first.width().getAsInt(), first.height().getAsInt(), prepared.size());
        return worker.call(cancelled -> {
            for (int i = 0; i < prepared.size(); i++) {
                for (String note : prepared.get(i).notes()) {
                    listener.note(i, note);
                }
            }
            return new Generation(prepared, listener, cancelled).run();
        });
    }

    /**
     * Returns what requests have in common if their images can be made together.
     *
     * @param prepared a request that {@link #prepare} has returned
     * @throws UserException if a prompt cannot be read
     */
    public BatchKey batchKey(GenerationRequest prepared) {
        return BatchKey.of(prepared, adapters.namesEmbeddings(prepared.prompt(), prepared.negativePrompt()));
    }

    /**
     * Generates several images, one after another; see {@link GenerationRequest#batch}. All requests are checked before the first image is
     * computed.
     *
     * @param listener follows each image; called for one after another
     * @return the images in the order of the requests; all are held in memory
     * @throws UserException if a request does not fit the model or the device, or a file that it names cannot be read
     * @throws IllegalStateException if this object is closed
     * @throws java.util.concurrent.CancellationException as for one image
     */
    public List<GeneratedImage> generate(List<GenerationRequest> requests, GenerationListener listener) {
        List<GenerationRequest> prepared = requests.stream().map(this::prepare).toList();
        return prepared.stream().map(request -> generatePrepared(request, 1, listener).getFirst()).toList();
    }

    /**
     * Checks a request without computing anything, and fills in size, sampler and guidance scale if it leaves them to the model.
     *
     * @return the request that {@link #generate} works with
     * @throws UserException if the model cannot do it, or a LoRA or embedding that the prompt names cannot be read or is for another model
     */
    public GenerationRequest prepare(GenerationRequest request) {
        Configuration configuration = model.configuration();
        int layers = configuration.text().layers();
        if (request.clipSkip() < 1 || request.clipSkip() > layers) {
            throw new InvalidRequestException("clip skip " + request.clipSkip() + " is not from 1 to " + layers
                    + ", the layers of this model's text encoder");
        }
        ImageSize size = request.size(configuration.nativeSize());
        Request.requireSize(size.width(), size.height());
        PipelineCache.check(model, adapters, request.promptStyle(), request.prompt(), request.negativePrompt());
        return request.toBuilder(model.manifest().defaults()).size(size.width(), size.height()).build();
    }

    /** Returns the model's name: that of its checkpoint, without ending. */
    public String modelName() {
        return ModelLibrary.name(model.folder());
    }

    /** Describes what runs the networks, for people: "cpu: oneDNN 3.11.0, 2 threads, bf16". */
    public String engine() {
        return engine.description();
    }

    /**
     * Frees the networks and the device. An image that is being computed is cancelled at its next step; calls that wait for their turn fail. May
     * be called from any thread, and more than once.
     */
    @Override
    public void close() {
        worker.close(() -> {
            pipelines.close();
            engine.close();
        });
    }

    /** Computes one image, or several together. */
    private final class Generation implements PipelineListener {
        private final List<GenerationRequest> requests;
        /** Stands for all in what they have in common. */
        private final GenerationRequest request;
        private final GenerationListener listener;
        private final BooleanSupplier cancelled;
        private final PhaseTimer timer = new PhaseTimer();
        private final Pipeline pipeline;
        private final List<GeneratedImage> images = new ArrayList<>();

        Generation(List<GenerationRequest> requests, GenerationListener listener, BooleanSupplier cancelled) {
            this.requests = requests;
            this.request = requests.getFirst();
            this.listener = listener;
            this.cancelled = cancelled;
            this.pipeline = pipelines.pipeline(request.promptStyle(), request.prompt(), request.negativePrompt());
        }

        List<GeneratedImage> run() {
            ImageSize size = size();
            request.initialImage().flatMap(image -> image.fitting(size)).ifPresent(this::note);
            Optional<Source> source = request.initialImage().map(image -> image.fit(size));
            pipeline.generate(requests.stream().map(one -> pipelineRequest(one, source)).toList(), this);
            return images;
        }

        private ImageSize size() {
            return new ImageSize(request.width().getAsInt(), request.height().getAsInt());
        }

        @Override
        public void finished(int index, PipelineResult result) {
            timer.end();
            GenerationRequest alone = requests.get(index);
            Picture picture = alone.initialImage().map(image -> image.finish(result.picture(), size())).orElse(result.picture());
            images.add(new GeneratedImage(picture, alone, Metadata.of(alone, modelName()), timer.durations()));
            timer.nextImage();
            listener.finished(images.getLast());
        }

        private static Request pipelineRequest(GenerationRequest request, Optional<Source> source) {
            Request.Builder builder = Request.builder(request.prompt())
                    .negativePrompt(request.negativePrompt())
                    .promptStyle(request.promptStyle())
                    .size(request.width().getAsInt(), request.height().getAsInt())
                    .sampler(request.samplerType().create(request.eta()))
                    .schedule(request.schedule())
                    .steps(request.steps())
                    .guidanceScale(request.guidanceScale())
                    .seed(request.seed())
                    .rng(request.rng())
                    .skippedLayers(request.clipSkip() - 1);
            source.ifPresent(builder::source);
            return builder.build();
        }

        @Override
        public void phase(Phase phase) {
            timer.begin(phase);
            listener.phase(phase);
        }

        @Override
        public void note(String message) {
            listener.note(message);
        }

        @Override
        public void step(int number, int count, Tensor denoised) {
            listener.step(new Step(number, count, denoised));
        }

        @Override
        public boolean cancelled() {
            return cancelled.getAsBoolean() || listener.cancelled();
        }

        private final class Step implements GenerationListener.Step {
            private final int number;
            private final int count;
            private final Tensor denoised;

            Step(int number, int count, Tensor denoised) {
                this.number = number;
                this.count = count;
                this.denoised = denoised;
            }

            @Override
            public int number() {
                return number;
            }

            @Override
            public int count() {
                return count;
            }

            @Override
            public int images() {
                return denoised.shape().batch();
            }

            @Override
            public BufferedImage preview(int image) {
                return pipeline.decode(denoised.item(image), notesOnly()).toImage();
            }
        }

        /** Hides the phases of a preview. */
        private PipelineListener notesOnly() {
            return new PipelineListener() {
                @Override
                public void note(String message) {
                    listener.note(message);
                }
            };
        }
    }

    /** Holds the settings that a model is opened with. */
    public static final class Builder {
        private final String model;
        private Optional<Path> modelsFolder = Optional.empty();
        private Optional<Path> loraFolder = Optional.empty();
        private Optional<Path> embeddingFolder = Optional.empty();
        private String backend = Engines.AUTO;
        private EngineSettings settings = EngineSettings.DEFAULT;
        private Optional<Long> maxMemory = Optional.empty();
        private boolean vaeTiling;
        private boolean keepNetworks = true;

        private Builder(String model) {
            this.model = model;
        }

        /**
         * Sets a folder of converted models: the model may then be given by its name in it, and checkpoints are converted into it. Default:
         * none, a checkpoint is converted into a folder beside it.
         */
        public Builder modelsFolder(Path folder) {
            this.modelsFolder = Optional.of(folder);
            return this;
        }

        /** Sets where {@code <lora:NAME:0.8>} in a prompt finds NAME.safetensors. Default: nowhere, a LoRA in a prompt is an error. */
        public Builder loraFolder(Path folder) {
            this.loraFolder = Optional.of(folder);
            return this;
        }

        /**
         * Sets where embeddings (textual inversion) lie: a prompt that contains NAME uses NAME.pt or NAME.safetensors. Default: nowhere.
         */
        public Builder embeddingFolder(Path folder) {
            this.embeddingFolder = Optional.of(folder);
            return this;
        }

        /**
         * Sets what runs the networks: {@code auto}, {@code cpu}, a backend of TornadoVM ({@code opencl}, {@code ptx}, {@code cuda} …) or one of
         * its devices ({@code opencl:0}). Default: {@code auto}, TornadoVM's first device if its runtime is there, else the CPU.
         */
        public Builder backend(String backend) {
            this.backend = backend;
            return this;
        }

        /** Sets the precision of activations and products. Default: the fastest that the device computes well. */
        public Builder precision(Precision precision) {
            this.settings = settings.withPrecision(precision);
            return this;
        }

        /**
         * Sets whether a GPU records the launches of a step once and replays them as one, where it can (CUDA graphs): results are the same, and
         * the host has less to do. Default: true.
         */
        public Builder deviceGraphs(boolean deviceGraphs) {
            this.settings = settings.withDeviceGraphs(deviceGraphs);
            return this;
        }

        /** Sets the number of threads of the CPU engine, 1 to 1024. Default: one for each processor. */
        public Builder threads(int threads) {
            this.settings = settings.withThreads(threads);
            return this;
        }

        /** Sets the file of block sizes that {@code sd tune} wrote for TornadoVM's devices. Default: none. */
        public Builder tuningFile(Path file) {
            this.settings = settings.withTuningFile(file);
            return this;
        }

        /**
         * Limits the memory of the networks' weights and activations, in bytes: networks that are not needed are dropped, and the VAE runs in
         * tiles if it does not fit. The program itself takes some hundred megabytes more. Default: no limit.
         */
        public Builder maxMemory(long bytes) {
            this.maxMemory = Optional.of(bytes);
            return this;
        }

        /** Sets whether the VAE runs in tiles even if it fits: less memory, more time, the same image. Default: false. */
        public Builder vaeTiling(boolean vaeTiling) {
            this.vaeTiling = vaeTiling;
            return this;
        }

        /**
         * Sets whether networks are kept for the next image. If not, each is dropped as soon as an image (or a batch of images that are made
         * together) needs it no more: the text encoder, which takes 0.25 GB in bf16, before the UNet is loaded, the UNet, 1.7 GB, before the
         * decoder. The next image loads them again. Default: true.
         */
        public Builder keepNetworks(boolean keepNetworks) {
            this.keepNetworks = keepNetworks;
            return this;
        }

        /**
         * Opens the model and the device; converts the model if it is a checkpoint that was not converted yet.
         *
         * @throws UserException if there is no such model or device, or a setting is out of its range
         */
        public StableDiffusion load() {
            MemoryUse memory = new MemoryUse(maxMemory, vaeTiling, keepNetworks);
            ModelDirectory opened = new ModelLibrary(modelsFolder).open(model, _ -> {}, ConversionProgress.NONE);
            return new StableDiffusion(opened, new Adapters(loraFolder, embeddingFolder), backend, settings, memory);
        }
    }
}
