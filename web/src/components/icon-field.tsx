import { useRef, useState, type ReactNode } from "react";

import { Button } from "@/components/ui/button";
import { squarePicture } from "@/features/identity/picture";

interface IconFieldProps {
  label: string;
  icon: string;
  onChange: (icon: string) => void;
  /** How it looks now. */
  children: ReactNode;
}

/** A small picture from this computer; without one, whatever `children` show stands in. */
export function IconField({ label, icon, onChange, children }: IconFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState(false);
  const choose = (file: File | undefined) => {
    if (!file) return;
    setWrong(false);
    squarePicture(file).then(onChange, () => setWrong(true));
  };
  return (
    <div className="flex items-center gap-3">
      {children}
      <div className="grid gap-1">
        <div className="flex flex-wrap gap-2">
          <input
            ref={input}
            type="file"
            accept="image/*"
            aria-label={label}
            className="hidden"
            onChange={(event) => choose(event.target.files?.[0])}
          />
          <Button size="sm" onClick={() => input.current?.click()}>
            {icon ? "Change icon" : "Choose icon"}
          </Button>
          {icon && (
            <Button size="sm" look="ghost" onClick={() => onChange("")}>
              Remove icon
            </Button>
          )}
        </div>
        {wrong && (
          <p role="alert" className="text-xs text-bad">
            This file is not an image that the browser can read.
          </p>
        )}
      </div>
    </div>
  );
}
