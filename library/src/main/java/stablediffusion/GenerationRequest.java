package stablediffusion;

import stablediffusion.library.ImageSize;
import stablediffusion.library.InitialImage;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.pipeline.MaskFill;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.pipeline.Source;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.NoiseLevels;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.SamplerType;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.text.PromptStyle;
import stablediffusion.model.weights.Manifest;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;

/**
 * Describes an image to generate. Immutable. The defaults are those of the original scripts (CompVis' txt2img.py and img2img.py).
 *
 * <pre>{@code
 * GenerationRequest.prompt("a cat").negativePrompt("a dog").size(512, 768).sampler("dpm++2m").steps(20).seed(42).build()
 * }</pre>
 */
public final class GenerationRequest {
    /** The sampler that the original scripts use. */
    public static final String DEFAULT_SAMPLER = Samplers.DEFAULT;

    public static final int DEFAULT_STEPS = Request.DEFAULT_STEPS;
    public static final float DEFAULT_GUIDANCE_SCALE = Request.DEFAULT_GUIDANCE_SCALE;
    public static final double DEFAULT_STRENGTH = Source.DEFAULT_STRENGTH;
    /** The last layer of the text encoder, as in training. */
    public static final int DEFAULT_CLIP_SKIP = 1;

    /** Random seeds are below 2^32, as those of the original scripts. */
    private static final long SEEDS = 1L << 32;

    private final Builder values;
    private final Optional<InitialImage> initialImage;

    private GenerationRequest(Builder builder) {
        this.values = new Builder(builder);
        this.initialImage = values.checkedInitialImage();
    }

    /**
     * Begins a request.
     *
     * @param prompt what the image shall show. (word), [word], (word:1.2), [from:to:0.5], [a|b], BREAK and &lt;lora:name:0.8&gt; mean what they mean in the
     *     AUTOMATIC1111 web UI, see {@link Builder#literal}. May be empty.
     */
    public static Builder prompt(String prompt) {
        return new Builder(prompt);
    }

    /** Returns a seed for an image that shall differ from all others: from 0 to 2^32 - 1. */
    public static long randomSeed() {
        return ThreadLocalRandom.current().nextLong(SEEDS);
    }

    /** Returns a builder that holds the values of this request, and those of a model where this request has none. */
    Builder toBuilder(Manifest.Defaults defaults) {
        Builder builder = toBuilder();
        builder.sampler = Optional.of(values.sampler.or(defaults::sampler).orElse(DEFAULT_SAMPLER));
        builder.guidanceScale = Optional.of(values.guidanceScale.or(defaults::guidanceScale).orElse(DEFAULT_GUIDANCE_SCALE));
        return builder;
    }

    /** Returns a builder that holds the values of this request. */
    public Builder toBuilder() {
        return new Builder(values);
    }

    /** Returns the same request with another seed. */
    public GenerationRequest withSeed(long seed) {
        return toBuilder().seed(seed).build();
    }

    /**
     * Returns requests for several images of this prompt: the same request with this seed, the next one, and so on.
     * {@link StableDiffusion#generateBatch} makes the same images together.
     *
     * @param count number of requests, at least 0
     */
    public List<GenerationRequest> batch(int count) {
        requireSeeds(count);
        return LongStream.range(seed(), seed() + count).mapToObj(this::withSeed).toList();
    }

    /**
     * Checks that there is a seed for each image of a batch.
     *
     * @throws UserException if the last one would be larger than a seed can be
     */
    public void requireSeeds(int count) {
        if (seed() > Long.MAX_VALUE - count) {
            throw new InvalidRequestException(
                    "seed " + seed() + " is too large for " + count + " pictures, for each of which it grows by one");
        }
    }

    /**
     * Checks that images of this request, which has its size, can be made together.
     *
     * @param count number of images
     * @throws UserException if there is none, they are too many for their size, or there are not as many seeds
     */
    public void requireTogether(int count) {
        Request.requireBatch(values.width.orElseThrow(), values.height.orElseThrow(), count);
        requireSeeds(count);
    }

    /** Returns whether so many images of this size can be made together; not if the model or the initial image decides the size. */
    public boolean fitTogether(int count) {
        return values.width.isPresent() && values.height.isPresent()
                && count <= Request.mostTogether(values.width.getAsInt(), values.height.getAsInt());
    }

    public String prompt() {
        return values.prompt;
    }

    public String negativePrompt() {
        return values.negativePrompt;
    }

    /** Returns whether the marks in prompts are read as plain text. */
    public boolean literal() {
        return values.literal;
    }

    /** Returns the width in pixels; empty if the model or the initial image decides it. */
    public OptionalInt width() {
        return values.width;
    }

    /** Returns the height in pixels; empty if the model or the initial image decides it. */
    public OptionalInt height() {
        return values.height;
    }

    /** Returns the sampler's name as {@link Samplers#names} spells it; that of the original scripts if the model decides it. */
    public String sampler() {
        return samplerType().name();
    }

    /** Returns how the noise levels are spaced. */
    public Schedule schedule() {
        return values.schedule;
    }

    public int steps() {
        return values.steps;
    }

    public float guidanceScale() {
        return values.guidanceScale.orElse(DEFAULT_GUIDANCE_SCALE);
    }

    public long seed() {
        return values.seed;
    }

    public Rng rng() {
        return values.rng;
    }

    /** Returns eta, if it was set. */
    public OptionalDouble eta() {
        return values.eta;
    }

    public int clipSkip() {
        return values.clipSkip;
    }

    /** Returns the file of the initial image, if the request has one and it was read from a file. */
    public Optional<Path> initialImageFile() {
        return initialImage.flatMap(InitialImage::file);
    }

    /** Returns what is done otherwise than one may expect, as notes for people. */
    List<String> notes() {
        List<String> notes = new ArrayList<>(promptStyle().notes(prompt()));
        notes.addAll(promptStyle().notes(negativePrompt()));
        int taken = stepsTaken();
        if (taken != steps()) {
            notes.add(sampler() + " takes " + taken + " steps instead of " + steps() + ", as in the original scripts: it goes through the "
                    + NoiseSchedule.stableDiffusion().size() + " timesteps of the training in strides of whole numbers");
        }
        return notes;
    }

    /** Returns the number of steps that the sampler takes for a whole image, which it may round. */
    int stepsTaken() {
        return samplerType().create(eta()).noiseLevels(NoiseSchedule.stableDiffusion(), schedule(), steps()).steps();
    }

    /** Returns what images that are made together have in common of an initial image; equal for copies of a request. */
    List<Object> start() {
        return List.of(values.original, values.mask, values.strength, values.inpainting);
    }

    Optional<InitialImage> initialImage() {
        return initialImage;
    }

    SamplerType samplerType() {
        return Samplers.find(values.sampler.orElse(DEFAULT_SAMPLER));
    }

    PromptStyle promptStyle() {
        return values.promptStyle();
    }

    /** Returns the size that the image will have with a model that was trained at {@code nativeSize} x {@code nativeSize} pixels. */
    ImageSize size(int nativeSize) {
        return ImageSize.of(values.width, values.height, nativeSize, initialImage.map(InitialImage::picture));
    }

    /** Builds requests. A builder can be used for several. */
    public static final class Builder {
        private String prompt;
        private String negativePrompt = "";
        private boolean literal;
        private boolean strict;
        private OptionalInt width = OptionalInt.empty();
        private OptionalInt height = OptionalInt.empty();
        private Optional<String> sampler = Optional.empty();
        private Schedule schedule = Schedule.DISCRETE;
        private int steps = DEFAULT_STEPS;
        private Optional<Float> guidanceScale = Optional.empty();
        private long seed = randomSeed();
        private Rng rng = Rng.CPU;
        private OptionalDouble eta = OptionalDouble.empty();
        private int clipSkip = DEFAULT_CLIP_SKIP;
        private Optional<InitialImage.Original> original = Optional.empty();
        private Optional<InitialImage.Original> mask = Optional.empty();
        private OptionalDouble strength = OptionalDouble.empty();
        private InitialImage.Inpainting inpainting = InitialImage.Inpainting.DEFAULT;

        private Builder(String prompt) {
            this.prompt = prompt;
        }

        private Builder(Builder other) {
            prompt = other.prompt;
            negativePrompt = other.negativePrompt;
            literal = other.literal;
            strict = other.strict;
            width = other.width;
            height = other.height;
            sampler = other.sampler;
            schedule = other.schedule;
            steps = other.steps;
            guidanceScale = other.guidanceScale;
            seed = other.seed;
            rng = other.rng;
            eta = other.eta;
            clipSkip = other.clipSkip;
            original = other.original;
            mask = other.mask;
            strength = other.strength;
            inpainting = other.inpainting;
        }

        /** Sets what the image shall show; see {@link GenerationRequest#prompt(String)}. */
        public Builder prompt(String prompt) {
            this.prompt = prompt;
            return this;
        }

        /** Sets what the image shall not show. Default: empty. */
        public Builder negativePrompt(String negativePrompt) {
            this.negativePrompt = negativePrompt;
            return this;
        }

        /**
         * Sets whether prompts are read as the original scripts read them: every character is text, and what does not fit 75 tokens is cut
         * off. Default: false.
         */
        public Builder literal(boolean literal) {
            this.literal = literal;
            return this;
        }

        /**
         * Sets whether a bracket without its partner is an error. Default: false, it is read as the AUTOMATIC1111 web UI reads it: one that is
         * never closed weighs all that follows, one that closes nothing is text.
         */
        public Builder strict(boolean strict) {
            this.strict = strict;
            return this;
        }

        /**
         * Sets the size in pixels, each a multiple of 8. Default: the size that the model was trained at; with an initial image that image's
         * shape, its shorter side no longer than the model's.
         */
        public Builder size(int width, int height) {
            return width(width).height(height);
        }

        /** Sets the width alone, in pixels, a multiple of 8; see {@link #size}. */
        public Builder width(int width) {
            this.width = OptionalInt.of(width);
            return this;
        }

        /** Sets the height alone, in pixels, a multiple of 8; see {@link #size}. */
        public Builder height(int height) {
            this.height = OptionalInt.of(height);
            return this;
        }

        /**
         * Sets the sampler by its name.
         *
         * @param sampler one of {@link Samplers#names}; the spelling of other programs is understood too. Default: the model's own, which its manifest
         *     names, else {@value #DEFAULT_SAMPLER}.
         */
        public Builder sampler(String sampler) {
            this.sampler = Optional.of(sampler);
            return this;
        }

        /** Sets how the noise levels are spaced, for samplers that leave the choice. Default: {@link Schedule#DISCRETE}. */
        public Builder schedule(Schedule schedule) {
            this.schedule = schedule;
            return this;
        }

        /** Sets the number of denoising steps, at least 1. Default: {@value #DEFAULT_STEPS}. */
        public Builder steps(int steps) {
            this.steps = steps;
            return this;
        }

        /**
         * Sets the scale of classifier-free guidance: how strictly the prompt is followed. 1 leaves the negative prompt out and takes half the
         * time. Default: the model's own, else {@value #DEFAULT_GUIDANCE_SCALE}.
         */
        public Builder guidanceScale(float guidanceScale) {
            this.guidanceScale = Optional.of(guidanceScale);
            return this;
        }

        /** Sets the seed of the noise. The same request with the same seed gives the same image. Default, and if negative: a random seed. */
        public Builder seed(long seed) {
            this.seed = seed < 0 ? randomSeed() : seed;
            return this;
        }

        /** Sets whose random numbers are drawn: PyTorch's on a CPU or on an NVIDIA GPU. Default: {@link Rng#CPU}. */
        public Builder rng(Rng rng) {
            this.rng = rng;
            return this;
        }

        /** Sets how much fresh noise each step adds, from 0 to 1, for samplers that add noise. Default: 0 for ddim, 1 for the others. */
        public Builder eta(double eta) {
            this.eta = OptionalDouble.of(eta);
            return this;
        }

        /**
         * Sets which layer of the text encoder is used, counted from its end: 1 is the last. Default: {@value #DEFAULT_CLIP_SKIP}.
         */
        public Builder clipSkip(int clipSkip) {
            this.clipSkip = clipSkip;
            return this;
        }

        /**
         * Sets the image to start from (image to image). If its shape differs from that of the request, its middle is used.
         *
         * @throws UserException if the file cannot be read
         */
        public Builder initialImage(Path file) {
            original = Optional.of(InitialImage.Original.read(file));
            return this;
        }

        /** Sets the image to start from (image to image); transparent parts become white. */
        public Builder initialImage(BufferedImage image) {
            original = Optional.of(InitialImage.Original.of(image));
            return this;
        }

        /**
         * Sets the part of the initial image that is repainted (inpainting): an image of the same size, white where it is repainted, black
         * where the initial image stays as it is. Default: all of it.
         *
         * @throws UserException if the file cannot be read
         */
        public Builder mask(Path file) {
            mask = Optional.of(InitialImage.Original.read(file));
            return this;
        }

        /** Sets the part of the initial image that is repainted; see {@link #mask(Path)}. */
        public Builder mask(BufferedImage image) {
            mask = Optional.of(InitialImage.Original.of(image));
            return this;
        }

        /** Sets what is under the mask at first. Default: {@link MaskFill#ORIGINAL}, the initial image. */
        public Builder maskFill(MaskFill fill) {
            inpainting = new InitialImage.Inpainting(fill, inpainting.padding());
            return this;
        }

        /**
         * Sets that only the part of the initial image with the mask is worked on: it is cut out, scaled to the size of the request, and put back
         * when it is repainted. The image has the size of the initial image then. Default: all of it is worked on.
         *
         * @param padding number of pixels around the mask that are cut out with it, from 0
         */
        public Builder onlyMasked(int padding) {
            inpainting = new InitialImage.Inpainting(inpainting.fill(), OptionalInt.of(padding));
            return this;
        }

        /**
         * Sets how much of the initial image may change: the share of the steps that are taken, above 0, at most 1. Default:
         * {@value #DEFAULT_STRENGTH}.
         */
        public Builder strength(double strength) {
            this.strength = OptionalDouble.of(strength);
            return this;
        }

        /**
         * Checks the values as far as that is possible without a model, and returns the request.
         *
         * @throws UserException if a value is out of its range, or two do not fit together
         */
        public GenerationRequest build() {
            checkPrompts();
            GenerationRequest request = new GenerationRequest(this);
            boolean modelDecides = sampler.isEmpty() && (schedule != Schedule.DISCRETE || eta.isPresent());
            if (!modelDecides) {
                NoiseLevels levels = request.samplerType().create(eta).noiseLevels(NoiseSchedule.stableDiffusion(), schedule, steps);
                request.initialImage().ifPresent(image -> levels.forStrength(image.strength()));
            }
            if (width.isPresent() && height.isPresent()) {
                Request.requireSize(width.getAsInt(), height.getAsInt());
            }
            guidanceScale.ifPresent(Request::requireGuidanceScale);
            return request;
        }

        private void checkPrompts() {
            promptStyle().loras(prompt);
            if (strict) {
                promptStyle().requireBalanced(prompt);
                promptStyle().requireBalanced(negativePrompt);
            }
            if (!promptStyle().loras(negativePrompt).isEmpty()) {
                throw new InvalidRequestException("a LoRA changes the whole model: ask for it in the prompt, not in the negative prompt");
            }
        }

        private PromptStyle promptStyle() {
            return literal ? PromptStyle.LITERAL : PromptStyle.MARKED;
        }

        private Optional<InitialImage> checkedInitialImage() {
            if (original.isEmpty() && (mask.isPresent() || strength.isPresent())) {
                throw new InvalidRequestException(
                        "a " + (mask.isPresent() ? "mask" : "strength") + " needs an initial image", Remedy.NAME_INITIAL_IMAGE);
            }
            if (mask.isEmpty() && !inpainting.equals(InitialImage.Inpainting.DEFAULT)) {
                throw new InvalidRequestException("what is under a mask cannot be chosen without a mask");
            }
            if (inpainting.padding().orElse(0) < 0) {
                throw new InvalidRequestException(inpainting.padding().getAsInt() + " pixels around the mask are below 0");
            }
            return original.map(image -> InitialImage.of(image, mask, strength.orElse(DEFAULT_STRENGTH), inpainting));
        }
    }
}
