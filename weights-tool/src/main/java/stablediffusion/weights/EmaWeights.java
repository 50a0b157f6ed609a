package stablediffusion.weights;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.weights.checkpoint.Checkpoint;
import stablediffusion.weights.checkpoint.CheckpointTensor;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Selects the exponential moving average (EMA) of the UNet in a training checkpoint (CompVis' {@code LitEma}). Its names are those of the
 * weights without dots after another prefix: {@code model.diffusion_model.out.2.bias} is {@code model_ema.diffusion_modelout2bias}.
 */
final class EmaWeights {
    private static final String UNET = "model.diffusion_model.";

    private EmaWeights() {}

    /** Returns the tensors of the checkpoint, with the averages in place of the UNet's weights. */
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
