package stablediffusion.weights;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.weights.checkpoint.Checkpoint;
import stablediffusion.weights.checkpoint.CheckpointTensor;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A training checkpoint's exponential moving average of the UNet (CompVis' {@code LitEma}). It lies beside the weights under their names
 * without the first word and the dots: {@code model.diffusion_model.out.2.bias} is {@code model_ema.diffusion_modelout2bias}.
 */
final class EmaWeights {
    private static final String UNET = "model.diffusion_model.";

    private EmaWeights() {}

    /** The checkpoint's tensors, with the average in place of the UNet's. */
    static Map<String, CheckpointTensor> of(Checkpoint checkpoint) {
        Map<String, CheckpointTensor> tensors = new LinkedHashMap<>(checkpoint.tensors());
        tensors.replaceAll((name, tensor) -> {
            if (!name.startsWith(UNET)) {
                return tensor;
            }
            String average = "model_ema." + name.substring("model.".length()).replace(".", "");
            if (!tensors.containsKey(average)) {
                throw new UserException(checkpoint.file() + " has no averaged weights (EMA): tensor " + average
                        + " is missing", Remedy.CONVERT_WITHOUT_EMA);
            }
            return tensors.get(average).named(name);
        });
        return tensors;
    }
}
