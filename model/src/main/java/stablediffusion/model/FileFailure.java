package stablediffusion.model;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Describes failures of the file system in words. */
public final class FileFailure {
    private FileFailure() {}

    /** Returns why it failed, without the file's name: Java's messages give that, and often nothing else. */
    public static String reason(IOException failure) {
        return switch (failure) {
            case AccessDeniedException _ -> "permission denied";
            case NoSuchFileException _ -> "no such file or folder";
            case CharacterCodingException _ -> "it is not UTF-8 text";
            case FileAlreadyExistsException _ -> "a file is in the place of its folder";
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        };
    }
}
