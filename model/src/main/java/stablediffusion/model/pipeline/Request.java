package stablediffusion.model.pipeline;

import stablediffusion.model.UserException;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.Sampler;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.text.PromptStyle;

import java.util.Optional;

/**
 * What a user asks for: one picture.
 *
 * @param prompt what it shall show
 * @param negativePrompt what it shall not; often empty
 * @param promptStyle how both are read
 * @param width in pixels, a multiple of 8
 * @param height in pixels, a multiple of 8
 * @param schedule of the noise levels, for samplers that have a choice
 * @param guidanceScale how strictly the prompt is followed; 1 is as the network was trained
 * @param seed of all noise
 * @param rng source of the random numbers
 * @param skippedLayers last layers of the text encoder to leave out ("clip skip" less one)
 * @param source a picture to start from
 */
public record Request(
        String prompt,
        String negativePrompt,
        PromptStyle promptStyle,
        int width,
        int height,
        Sampler sampler,
        Schedule schedule,
        int steps,
        float guidanceScale,
        long seed,
        Rng rng,
        int skippedLayers,
        Optional<Source> source) {
    /** Where the decoder's largest activation would no longer fit an array. */
    private static final int MOST_PIXELS = 1 << 22;

    public Request {
        requireMultiple("width", width);
        requireMultiple("height", height);
        if ((long) width * height > MOST_PIXELS) {
            throw new UserException("a picture of " + width + "x" + height + " is too large: at most " + MOST_PIXELS + " pixels");
        }
        if (steps < 1) {
            throw new UserException("cannot sample in " + steps + " steps: ask for 1 or more");
        }
        if (!Float.isFinite(guidanceScale)) {
            throw new UserException("guidance scale " + guidanceScale + " is no number: 1 to 15 are usual");
        }
    }

    private static void requireMultiple(String name, int pixels) {
        if (pixels < 8 || pixels % 8 != 0) {
            int below = Math.max(8, pixels / 8 * 8);
            throw new UserException(name + " " + pixels + " is not a multiple of 8: take " + below + " or " + (below + 8));
        }
    }
}
