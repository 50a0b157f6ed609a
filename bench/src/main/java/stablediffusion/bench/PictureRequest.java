package stablediffusion.bench;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.text.PromptStyle;

/** Describes the picture of a benchmark; all other settings are the usual ones of text to image. */
public record PictureRequest(String prompt, int steps, float guidanceScale, long seed) {
    /** Checks the prompt and the number of steps, so that what cannot be done is found before anything is measured. */
    public PictureRequest {
        Samplers.find(Samplers.DEFAULT).create().noiseLevels(NoiseSchedule.stableDiffusion(), Schedule.DISCRETE, steps);
        if (!PromptStyle.MARKED.loras(prompt).isEmpty()) {
            throw new InvalidRequestException("models are measured as they are: leave the LoRA out of the prompt");
        }
    }

    Request at(int width, int height) {
        return Request.builder(prompt)
                .size(width, height)
                .steps(steps)
                .guidanceScale(guidanceScale)
                .seed(seed)
                .build();
    }
}
