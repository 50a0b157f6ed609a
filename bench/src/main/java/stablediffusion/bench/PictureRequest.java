package stablediffusion.bench;

import stablediffusion.model.pipeline.Request;

/** Describes the picture of a benchmark; all other settings are the usual ones of text to image. */
public record PictureRequest(String prompt, int steps, float guidanceScale, long seed) {
    Request at(int width, int height) {
        return Request.builder(prompt)
                .size(width, height)
                .steps(steps)
                .guidanceScale(guidanceScale)
                .seed(seed)
                .build();
    }
}
