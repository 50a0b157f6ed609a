package stablediffusion.model.pipeline;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.Sampler;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.text.PromptStyle;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * Describes one image to a {@link Pipeline}. Immutable. The defaults are those of the original scripts; the size has none, for it is the
 * model's.
 */
public final class Request {
    public static final int DEFAULT_STEPS = 50;
    public static final float DEFAULT_GUIDANCE_SCALE = 7.5f;

    /** The decoder's largest activation must fit an array. */
    private static final int MOST_PIXELS = 1 << 22;
    /** The UNet's largest activation must fit an array: at full size two for each picture, of 2560 channels a position, 64 pixels. */
    private static final int MOST_PIXELS_TOGETHER = 1 << 24;

    private final Builder values;

    private Request(Builder values) {
        this.values = values;
    }

    /**
     * Begins a request.
     *
     * @param prompt what the image shall show
     */
    public static Builder builder(String prompt) {
        return new Builder(prompt);
    }

    /**
     * Checks the size of an image.
     *
     * @param width in pixels
     * @param height in pixels
     * @throws UserException if either is not a multiple of 8, or they are too large
     */
    public static void requireSize(int width, int height) {
        requireMultiple("width", width);
        requireMultiple("height", height);
        if ((long) width * height > MOST_PIXELS) {
            throw new InvalidRequestException("a picture of " + width + "x" + height + " is too large: at most " + MOST_PIXELS + " pixels");
        }
    }

    /**
     * Checks how many pictures are made together.
     *
     * @param width of each in pixels
     * @param height of each in pixels
     * @throws UserException if there is none, or they are too many for their size
     */
    public static void requireBatch(int width, int height, int count) {
        if (count < 1) {
            throw new InvalidRequestException("cannot make " + count + " pictures together: ask for 1 or more");
        }
        if ((long) width * height * count > MOST_PIXELS_TOGETHER) {
            throw new InvalidRequestException("cannot make " + count + " pictures of " + width + "x" + height + " together: at most "
                    + mostTogether(width, height), Remedy.MAKE_FEWER_TOGETHER);
        }
    }

    private static void requireMultiple(String name, int pixels) {
        if (pixels < 8 || pixels % 8 != 0) {
            int below = Math.max(8, pixels / 8 * 8);
            throw new InvalidRequestException(name + " " + pixels + " is not a multiple of 8: take " + below + " or " + (below + 8));
        }
    }

    /**
     * Checks a guidance scale.
     *
     * @throws UserException if it is infinite or not a number
     */
    public static void requireGuidanceScale(float scale) {
        if (!Float.isFinite(scale)) {
            throw new InvalidRequestException("guidance scale " + scale + " is no number: 1 to 15 are usual");
        }
    }

    /** Returns requests for pictures that differ in their seeds: this one's, the next one, and so on. */
    List<Request> batch(int count) {
        return LongStream.range(seed(), seed() + count).mapToObj(seed -> new Request(new Builder(values).seed(seed))).toList();
    }

    /** Returns how many pictures of a size can be made together at most. */
    public static int mostTogether(int width, int height) {
        return MOST_PIXELS_TOGETHER / (width * height);
    }

    public String prompt() {
        return values.prompt;
    }

    public String negativePrompt() {
        return values.negativePrompt;
    }

    public PromptStyle promptStyle() {
        return values.promptStyle;
    }

    /** Returns the width in pixels, a multiple of 8. */
    public int width() {
        return values.width;
    }

    /** Returns the height in pixels, a multiple of 8. */
    public int height() {
        return values.height;
    }

    public Sampler sampler() {
        return values.sampler;
    }

    public Schedule schedule() {
        return values.schedule;
    }

    public int steps() {
        return values.steps;
    }

    public float guidanceScale() {
        return values.guidanceScale;
    }

    public long seed() {
        return values.seed;
    }

    public Rng rng() {
        return values.rng;
    }

    /** Returns how many of the text encoder's last layers are left out: "clip skip" less one. */
    public int skippedLayers() {
        return values.skippedLayers;
    }

    /** Returns the image to start from, if any. */
    public Optional<Source> source() {
        return values.source;
    }

    /** Builds a request. */
    public static final class Builder {
        private final String prompt;
        private String negativePrompt = "";
        private PromptStyle promptStyle = PromptStyle.MARKED;
        private int width;
        private int height;
        private Sampler sampler = Samplers.find(Samplers.DEFAULT).create();
        private Schedule schedule = Schedule.DISCRETE;
        private int steps = DEFAULT_STEPS;
        private float guidanceScale = DEFAULT_GUIDANCE_SCALE;
        private long seed;
        private Rng rng = Rng.CPU;
        private int skippedLayers;
        private Optional<Source> source = Optional.empty();

        private Builder(String prompt) {
            this.prompt = prompt;
        }

        private Builder(Builder other) {
            prompt = other.prompt;
            negativePrompt = other.negativePrompt;
            promptStyle = other.promptStyle;
            width = other.width;
            height = other.height;
            sampler = other.sampler;
            schedule = other.schedule;
            steps = other.steps;
            guidanceScale = other.guidanceScale;
            seed = other.seed;
            rng = other.rng;
            skippedLayers = other.skippedLayers;
            source = other.source;
        }

        /** Sets what the image shall not show. Default: empty. */
        public Builder negativePrompt(String negativePrompt) {
            this.negativePrompt = negativePrompt;
            return this;
        }

        /** Sets how both prompts are read. Default: {@link PromptStyle#MARKED}. */
        public Builder promptStyle(PromptStyle promptStyle) {
            this.promptStyle = promptStyle;
            return this;
        }

        /** Sets the size in pixels, each a multiple of 8. */
        public Builder size(int width, int height) {
            this.width = width;
            this.height = height;
            return this;
        }

        /** Sets the sampler. Default: {@link Samplers#DEFAULT}. */
        public Builder sampler(Sampler sampler) {
            this.sampler = sampler;
            return this;
        }

        /** Sets the spacing of the noise levels, for samplers that leave the choice. Default: {@link Schedule#DISCRETE}. */
        public Builder schedule(Schedule schedule) {
            this.schedule = schedule;
            return this;
        }

        /** Sets the number of denoising steps. Default: {@value #DEFAULT_STEPS}. */
        public Builder steps(int steps) {
            this.steps = steps;
            return this;
        }

        /** Sets how strictly the prompt is followed; 1 is as the network was trained. Default: {@value #DEFAULT_GUIDANCE_SCALE}. */
        public Builder guidanceScale(float guidanceScale) {
            this.guidanceScale = guidanceScale;
            return this;
        }

        /** Sets the seed of the noise. Default: 0. */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** Sets whose random numbers are drawn. Default: {@link Rng#CPU}. */
        public Builder rng(Rng rng) {
            this.rng = rng;
            return this;
        }

        /** Sets how many of the text encoder's last layers are left out. Default: 0. */
        public Builder skippedLayers(int skippedLayers) {
            this.skippedLayers = skippedLayers;
            return this;
        }

        /** Sets the image to start from. Default: none. */
        public Builder source(Source source) {
            this.source = Optional.of(source);
            return this;
        }

        /**
         * Checks the values and returns the request.
         *
         * @throws UserException if a value is out of its range
         */
        public Request build() {
            requireSize(width, height);
            if (steps < 1) {
                throw new InvalidRequestException("cannot sample in " + steps + " steps: ask for 1 or more");
            }
            requireGuidanceScale(guidanceScale);
            return new Request(new Builder(this));
        }
    }
}
