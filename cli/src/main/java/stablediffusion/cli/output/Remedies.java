package stablediffusion.cli.output;

import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;

import java.util.stream.Collectors;

/** Says in options and commands of this program what helps against a failure. */
public final class Remedies {
    private Remedies() {}

    /** Returns the message of a failure, followed by what helps. */
    public static String message(UserException failure) {
        if (failure.remedies().isEmpty()) {
            return failure.getMessage();
        }
        return failure.getMessage() + failure.remedies().stream().map(Remedies::text).collect(Collectors.joining(", or ", "; ", ""));
    }

    private static String text(Remedy remedy) {
        return switch (remedy) {
            case COMPUTE_IN_F32 -> "use --precision f32 or auto";
            case COMPUTE_IN_16_BITS -> "--precision bf16 or f16 takes less memory than f32";
            case MAKE_FEWER_TOGETHER -> "use a smaller --batch-size";
            case COMPUTE_ON_CPU -> "use --backend cpu";
            case LIST_DEVICES -> "'sd devices' lists the devices of this machine";
            case TUNE_AGAIN -> "run 'sd tune' again, or delete the file";
            case CONVERT_CHECKPOINT -> "convert the checkpoint with 'sd convert CHECKPOINT'";
            case STORE_IN_F32 -> "convert with --precision f32";
            case CONVERT_WITHOUT_EMA -> "convert without --ema";
            case NAME_OUTPUT_FOLDER -> "name another folder with -o";
            case NAME_LORA_FOLDER -> "name another folder with --lora-dir";
            case RECORD_HISTORY -> "make one with 'sd bench model --append FILE'";
            case NAME_INITIAL_IMAGE -> "add --init-img FILE";
        };
    }
}
